/* SPDX-License-Identifier: MIT */
/* Commands that tell what the server says of a file or of itself: stat, readlink, df. */
#include "shell/commands.h"
#include "shell/print.h"

static const char *type_text(uint32_t mode)
{
    switch (mode & CLIENT_MODE_TYPE) {
    case CLIENT_MODE_SOCKET: return "socket";
    case CLIENT_MODE_LINK: return "symbolic link";
    case CLIENT_MODE_FILE: return "regular file";
    case CLIENT_MODE_BLOCK: return "block device";
    case CLIENT_MODE_DIRECTORY: return "directory";
    case CLIENT_MODE_CHARACTER: return "character device";
    case CLIENT_MODE_PIPE: return "fifo";
    default: return "unknown";
    }
}

/* Prints a link's target; an error number if it has none. */
static int print_target(struct shell *shell, uint32_t fid)
{
    size_t mark = shell->arena.used;
    char *target = arena_take(&shell->arena, CLIENT_PATH_MAX + 1);
    int error = target == NULL ? CLIENT_ENOMEM
                               : client_readlink(shell->parts.client, fid, target, CLIENT_PATH_MAX + 1);
    if (error == 0)
        print_path(shell->output, target);
    shell->arena.used = mark;
    return error;
}

static void print_moment(struct writer *output, const char *label, const struct client_time *time)
{
    writer_format(output, "%s: ", label);
    print_time(output, time, true);
    writer_text(output, "\n");
}

static void print_attributes(struct writer *output, const struct client_attributes *found)
{
    writer_format(output, "\n  Size: %-15lu Blocks: %-10lu IO Block: %-6lu %s\n", (unsigned long)found->size,
                  (unsigned long)found->blocks, (unsigned long)found->block_bytes, type_text(found->mode));
    writer_format(output, " Inode: %-15lu Links: %lu\n", (unsigned long)found->qid.path, (unsigned long)found->links);
    writer_format(output, "Access: (%04o/", found->mode & 07777);
    print_mode(output, found->mode);
    writer_format(output, ")  Uid: %u  Gid: %u\n", found->uid, found->gid);
    print_moment(output, "Access", &found->accessed);
    print_moment(output, "Modify", &found->modified);
    print_moment(output, "Change", &found->changed);
}

static int stat_operand(struct shell *shell, const char *path)
{
    struct client_attributes found;
    uint32_t fid;
    int error = shell_resolve(shell, path, false, &fid, NULL);
    if (error != 0)
        return error;
    error = client_getattr(shell->parts.client, fid, &found);
    if (error == 0) {
        writer_text(shell->output, "  File: ");
        print_path(shell->output, path);
        if ((found.mode & CLIENT_MODE_TYPE) == CLIENT_MODE_LINK) {
            writer_text(shell->output, " -> ");
            error = print_target(shell, fid);
        }
        print_attributes(shell->output, &found);
    }
    (void)client_clunk(shell->parts.client, fid);
    return error;
}

static int readlink_operand(struct shell *shell, const char *path)
{
    struct client_qid qid;
    uint32_t fid;
    int error = shell_resolve(shell, path, false, &fid, &qid);
    if (error != 0)
        return error;
    error = qid.type & CLIENT_QID_LINK ? print_target(shell, fid) : CLIENT_EINVAL;
    if (error == 0)
        writer_text(shell->output, "\n");
    (void)client_clunk(shell->parts.client, fid);
    return error;
}

static int each_operand(struct shell *shell, int count, char **words, int (*tell)(struct shell *, const char *))
{
    int code = 0;
    if (count < 2)
        return shell_usage(shell);
    for (int i = 1; i < count; i++) {
        int error = tell(shell, words[i]);
        if (error != 0)
            code = shell_error(shell, words[i], error);
    }
    return code;
}

int command_stat(struct shell *shell, int count, char **words)
{
    return each_operand(shell, count, words, stat_operand);
}

int command_readlink(struct shell *shell, int count, char **words)
{
    return each_operand(shell, count, words, readlink_operand);
}

/* Blocks as KiB, without overflow for what a server may claim. */
static unsigned long kibibytes(uint64_t blocks, uint32_t block_bytes)
{
    return (unsigned long)(blocks / 1024 * block_bytes + blocks % 1024 * block_bytes / 1024);
}

int command_df(struct shell *shell, int count, char **words)
{
    const char *path = count < 2 ? "/" : words[1];
    struct client_space space;
    uint32_t fid;
    if (count > 2)
        return shell_usage(shell);
    int error = shell_resolve(shell, path, true, &fid, NULL);
    if (error != 0)
        return shell_error(shell, path, error);
    error = client_statfs(shell->parts.client, fid, &space);
    (void)client_clunk(shell->parts.client, fid);
    if (error != 0)
        return shell_error(shell, path, error);
    uint64_t used = space.blocks > space.free ? space.blocks - space.free : 0;
    writer_format(shell->output, "%12s %12s %12s %12s %12s\n", "1K-blocks", "Used", "Available", "Files", "Free files");
    writer_format(shell->output, "%12lu %12lu %12lu %12lu %12lu\n", kibibytes(space.blocks, space.block_bytes),
                  kibibytes(used, space.block_bytes), kibibytes(space.available, space.block_bytes),
                  (unsigned long)space.files, (unsigned long)space.free_files);
    return 0;
}
