/* SPDX-License-Identifier: 0BSD */
/* One server in five places: the answers are the same; what a call takes, and whom a crash takes along, are not. */
#include "places.h"

enum { PLACES = 5, QUESTIONS = 3 };

static struct uk_direct direct;
static struct uk_direct_thread self;
static struct uk_direct_proxy proxy;

static enum uk_status by_message(enum uk_status (*call)(struct uk_message *message), uk_word *word)
{
    struct uk_message message = uk_message(0, 1);
    message.word[0] = *word;
    enum uk_status status = call(&message);
    *word = message.word[0];
    return status;
}
static enum uk_status call(struct uk_message *message) { return uk_call(SERVICE, message, UK_FOREVER); }
static enum uk_status exchange(struct uk_message *message) { return uk_port_exchange(PORT, message, OWN, UK_FOREVER); }
static enum uk_status cross(struct uk_message *message) { return uk_portal_call(PORTAL, message, UK_FOREVER); }

static enum uk_status by_rendezvous(uk_word *word) { return by_message(call, word); }
static enum uk_status by_port(uk_word *word) { return by_message(exchange, word); }
static enum uk_status by_portal(uk_word *word) { return by_message(cross, word); }

static enum uk_status directly(uk_word *word)
{
    struct uk_direct_message message = {.word = {*word}};
    enum uk_status status = uk_direct_call(&self, &proxy, 0, &message);
    *word = message.word[0];
    return status;
}

static enum uk_status in_the_kernel(uk_word *word)
{
    uk_word words[UK_REGISTER_WORDS] = {*word};
    enum uk_status status = uk_resident_ask(RESIDENT, words, (void *)0, 0);
    *word = words[0];
    return status;
}

static enum uk_status (*const places[PLACES])(uk_word *word) = {by_rendezvous, by_port, by_portal, directly, in_the_kernel};
static const char *const names[PLACES] = {"rendezvous", "a port", "a portal", "a direct call", "the kernel"};

static void settle_in(void)
{
    static const uk_direct_method methods[] = {direct_serve};
    static const struct uk_direct_interface interface = {TYPE, 1, methods, (const uint8_t *)0};
    self = uk_direct_attach(&direct, uk_direct_domain(&direct, (const struct uk_direct_interface *)0, (void *)0), 0);
    (void)uk_direct_bind(&direct, uk_direct_domain(&direct, &interface, (void *)0), TYPE, &proxy);
}

static uk_word client(uk_word argument)
{
    settle_in();
    for (unsigned place = 0; place < PLACES; place++) {
        say(names[place]);
        for (uk_word question = 1; question <= QUESTIONS; question++) {
            uk_word word = question;
            say_status("  asked: ", places[place](&word));
            say_number("  the answer is %", word);
        }
    }
    for (unsigned place = 0; place < PLACES; place++) {
        uk_word word = CRASH;
        say("a crash of the server behind");
        say(names[place]);
        say_status("  asked: ", places[place](&word));
    }
    return argument;
}

/* In the client's space: its faults come here, and it goes back to the proxy that it came through. */
static uk_word warden(uk_word argument)
{
    struct uk_message message = uk_message(0, 0);
    while (uk_receive(FAULTS, &message, REPLY, UK_FOREVER) == UK_OK)
        say_status("  I send it back: ", uk_direct_unwind(&self, PATIENT, UK_PEER_DIED));
    return argument;
}

/* The servers' faults: the task dies, and with the queueing one the right to answer. */
static uk_word doctor(uk_word argument)
{
    struct uk_message message = uk_message(0, 0);
    enum uk_status status = uk_receive(FAULTS, &message, REPLY, UK_FOREVER);
    for (unsigned deaths = 1; status == UK_OK; deaths++) {
        say("  it cannot be saved");
        if (deaths == 2)
            (void)uk_delete(PATIENT, ANSWER);
        message = uk_message(UK_FAULT_KILL, 0);
        status = uk_reply_receive(FAULTS, &message, REPLY, UK_FOREVER);
    }
    return argument;
}

int main(void)
{
    static const struct uk_resident resident = {.name = "server", .function = resident_serve};
    static const struct example example = {
        .objects = {{UK_TYPE_ENDPOINT, 0}, {UK_TYPE_ENDPOINT, 0}, {UK_TYPE_ENDPOINT, 0}, {UK_TYPE_REPLY, 0},
                    {UK_TYPE_REPLY, 0}, {UK_TYPE_REPLY, 0}, {UK_TYPE_PORT, UK_PORT_SIZE(1, 0)},
                    {UK_TYPE_PORT, UK_PORT_SIZE(1, 0)}, {UK_TYPE_PORTAL, 1}, {UK_TYPE_FRAME, UK_PAGE}},
        .tasks = {{.name = "client", .entry = client, .priority = 10, .fault = 2},
                  {.name = "called", .entry = called, .priority = 20, .fault = 3},
                  {.name = "queued", .entry = queued, .priority = 20, .fault = 3},
                  {.name = "host", .entry = host, .priority = 20},
                  {.name = "warden", .entry = warden, .priority = 30, .with = 1},
                  {.name = "doctor", .entry = doctor, .priority = 30}},
        .grants = {{0, SERVICE, GRANT_OBJECT, 0, UK_RIGHT_SEND, 0},
                   {1, SERVICE, GRANT_OBJECT, 0, UK_RIGHT_RECEIVE, 0},
                   {4, FAULTS, GRANT_OBJECT, 1, UK_RIGHT_RECEIVE, 0},
                   {5, FAULTS, GRANT_OBJECT, 2, UK_RIGHT_RECEIVE, 0},
                   {1, REPLY, GRANT_OBJECT, 3, UK_RIGHT_SEND, 0},
                   {4, REPLY, GRANT_OBJECT, 4, UK_RIGHT_SEND, 0},
                   {5, REPLY, GRANT_OBJECT, 5, UK_RIGHT_SEND, 0},
                   {0, PORT, GRANT_OBJECT, 6, UK_RIGHT_SEND, 0},
                   {2, ANSWER, GRANT_OBJECT, 7, UK_RIGHT_SEND, 0},
                   {2, PORT, GRANT_MOVED, 6, UK_RIGHTS_ALL, 0},
                   {0, OWN, GRANT_MOVED, 7, UK_RIGHTS_ALL, 0},
                   {0, PORTAL, GRANT_OBJECT, 8, UK_RIGHT_SEND, 0},
                   {3, PORTAL, GRANT_OBJECT, 8, UK_RIGHT_MANAGE, 0},
                   {3, FRAME, GRANT_OBJECT, 9, UK_RIGHT_READ | UK_RIGHT_WRITE, 0},
                   {0, RESIDENT, GRANT_RESIDENT, 0, UK_RIGHT_SEND, 0},
                   {4, PATIENT, GRANT_THREAD, 0, UK_RIGHTS_ALL, 0},
                   {5, PATIENT, GRANT_CNODE, 2, UK_RIGHTS_ALL, 0}},
        .residents = &resident,
        .resident_count = 1};
    return example_run(&example);
}
