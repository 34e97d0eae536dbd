/* SPDX-License-Identifier: MIT */
/* Serves whatever the listener brings; invariant: requests and answers are private memory while they are looked at. */
#include "files/service.h"

static uint32_t landing_slot(const struct service *service, uint32_t landing)
{
    return TASK_FIRST_FREE + service->sessions.count * SESSION_SLOTS + landing * (WINDOW_FRAMES_MAX + 1);
}

uint32_t service_first_slot(const struct service *service) { return landing_slot(service, SERVICE_LANDINGS); }

uint32_t service_capacity(const struct task_start *start)
{
    const uk_word taken = TASK_FIRST_FREE + SERVICE_LANDINGS * (WINDOW_FRAMES_MAX + 1) + SERVICE_LISTENER_SLOTS;
    uk_word places = start->slots > taken ? (start->slots - taken) / SESSION_SLOTS : 0;
    return places < SESSIONS_MAX ? (uint32_t)places : SESSIONS_MAX;
}

size_t service_window_bytes(uint32_t sessions) { return (sessions + SERVICE_LANDINGS) * WINDOW_BYTES; }

void service_lay_out(struct service *service, uint8_t *windows)
{
    uk_word landings = (uk_word)(uintptr_t)windows + service->sessions.count * (uk_word)WINDOW_BYTES;
    service->sessions.windows = (uk_word)(uintptr_t)windows;
    for (uint32_t i = 0; i < SERVICE_LANDINGS; i++)
        service->landings[i] = (struct window){.base = landings + i * WINDOW_BYTES, .slot = landing_slot(service, i)};
}

static void set_time(struct service *service)
{
    uk_time now = uk_clock();
    service->tree->now.seconds = service->epoch_seconds + now / 1000000000;
    service->tree->now.nanoseconds = (uint32_t)(now % 1000000000);
}

size_t service_exchange(struct service *service, const struct request *request)
{
    set_time(service);
    return ninep_exchange(&request->session->ninep, request->bytes, request->count, service->reply, WINDOW_BYTES);
}

enum uk_status service_run(struct service *service)
{
    const struct listener *listener = service->listener;
    struct request request = {0};
    service->door.way = TASK_ENDPOINT;
    enum uk_status status = listener->open != NULL ? listener->open(service) : UK_OK;
    while (status == UK_OK) {
        status = listener->next(service, &request);
        if (status == UK_OK)
            listener->answer(service, request.session, service_exchange(service, &request));
    }
    return status;
}
