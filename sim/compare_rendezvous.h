/* SPDX-License-Identifier: MIT */
/* The endpoint that several designs use as their bell: one for a server, each client's capability has its own number. */
#ifndef SIM_COMPARE_RENDEZVOUS_H
#define SIM_COMPARE_RENDEZVOUS_H

#include "sim/compare.h"

/* Of compare_task.handle; near[0] of a link is the client's capability. */
enum { COMPARE_ENDPOINT, COMPARE_REPLY, COMPARE_ENDPOINT_OF_ROOT, COMPARE_OF_DESIGN };

bool compare_rendezvous_open_server(struct compare_task *server);
bool compare_rendezvous_open_link(struct compare_link *link);
/* User: a call without payload that says how long the payload is, wherever it may be. */
enum uk_status compare_rendezvous_ask(struct compare_link *link, enum compare_what what, uint32_t bytes);
/* User: a message that nobody answers. */
enum uk_status compare_rendezvous_flood(struct compare_link *link);

#endif
