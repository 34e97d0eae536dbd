/* SPDX-License-Identifier: MIT */
/* Requests that bring their memory along: the frames are here from the request to its answer, and no longer. */
#ifndef FILES_ITEMS_H
#define FILES_ITEMS_H

#include "files/service.h"

/* Waits for a request whose frames are of this kind (enum uk_item_kind). */
enum uk_status items_next(struct service *service, uint32_t kind, struct request *request);

/* Puts the answer into those frames. False: there is another answer already, and the frames are gone. */
bool items_answer(struct service *service, struct session *session, size_t bytes);

#endif
