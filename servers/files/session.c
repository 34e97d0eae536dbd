/* SPDX-License-Identifier: MIT */
/* The table of sessions; invariant: a free place has neither frames nor fids nor capabilities, here or at any client. */
#include "files/session.h"

#define BADGE_PLACE_BITS 8

_Static_assert(SESSIONS_MAX <= 1 << BADGE_PLACE_BITS, "a place fits in its badge");

uint32_t session_place(const struct sessions *sessions, const struct session *session)
{
    return (uint32_t)(session - sessions->places);
}

uint32_t session_slot(const struct sessions *sessions, const struct session *session, enum session_slot slot)
{
    return TASK_FIRST_FREE + session_place(sessions, session) * SESSION_SLOTS + slot;
}

void session_begin(struct sessions *sessions, struct session *session, struct tree *tree, uint32_t limit)
{
    session->badge = ++sessions->opened << BADGE_PLACE_BITS | session_place(sessions, session);
    ninep_start(&session->ninep, tree, limit);
}

bool session_peer_is(uk_handle peer, uint32_t type)
{
    uk_word words[UK_REGISTER_WORDS];
    return uk_inspect(TASK_CNODE, peer, words) == UK_OK && words[0] == type;
}

bool session_take_peer(struct sessions *sessions, struct session *session, uk_handle peer, uint32_t type)
{
    uint32_t place = session_slot(sessions, session, SESSION_PEER);
    if (!session_peer_is(peer, type) || uk_move(TASK_CNODE, place, UK_NONE, peer) != UK_OK)
        return false;
    session->peer = place;
    return true;
}

static void take_back(uint32_t slot)
{
    (void)uk_revoke(TASK_CNODE, slot);
    (void)uk_delete(TASK_CNODE, slot);
}

void session_end(struct sessions *sessions, struct session *session)
{
    ninep_end(&session->ninep);
    if (sessions->ended != NULL)
        sessions->ended(session->badge);
    session->badge = 0;
    window_release(&session->window);
    if (session->peer != UK_NONE) {
        (void)uk_delete(TASK_CNODE, session->peer);
        take_back(session_slot(sessions, session, SESSION_BELL));
    }
    session->peer = UK_NONE;
    take_back(session_slot(sessions, session, SESSION_RIGHT));
}

struct session *session_find(struct sessions *sessions, uk_word badge)
{
    uint32_t place = (uint32_t)(badge & ((1 << BADGE_PLACE_BITS) - 1));
    if (badge == 0 || place >= sessions->count || sessions->places[place].badge != badge)
        return NULL;
    return &sessions->places[place];
}

struct session *session_vacant(struct sessions *sessions)
{
    uint32_t place = 0;
    while (place < sessions->count && (sessions->places[place].badge != 0 || sessions->places[place].window.spoilt))
        place++;
    if (place == sessions->count)
        return NULL;
    struct session *session = &sessions->places[place];
    session->window.base = sessions->windows + place * (uk_word)WINDOW_BYTES;
    session->window.slot = session_slot(sessions, session, SESSION_LANDS);
    return session;
}
