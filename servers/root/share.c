/* SPDX-License-Identifier: MIT */
/* How the file server's memory is shared out when programs have it in their own spaces; the percents' sum never changes. */
#include "root/root.h"
#include "runtime/transports.h"

/* What the file server's task keeps, to stand there with its name. */
#define KEPT(percent) ((percent) / 3)

bool root_hosts(const struct root *root, const struct row *row)
{
    return (row->flags & ROW_HOST) != 0 && argument_kind(root->info->argument) == TRANSPORT_DIRECT;
}

static unsigned count_hosts(const struct root *root)
{
    unsigned count = 0;
    for (uint32_t row = 0; row < root->plan->row_count; row++)
        count += root_hosts(root, &root->plan->rows[row]);
    return count;
}

unsigned root_server_percent(const struct root *root, const struct row *row)
{
    unsigned percent = root->plan->rows[ROW_FILES].memory_percent;
    return root_hosts(root, row) ? (percent - KEPT(percent)) / count_hosts(root) : 0;
}

unsigned root_percent(const struct root *root, const struct row *row)
{
    if ((row->flags & ROW_ARCHIVE) != 0 && count_hosts(root) > 0)
        return KEPT(row->memory_percent);
    return row->memory_percent + root_server_percent(root, row);
}
