"""Sessions: listed and ended by people."""

from chalicelib.api import cookies
from chalicelib.api.answers import DONE, Answer, success
from chalicelib.api.call import Call
from chalicelib.api.json_output import json_text
from chalicelib.api.people.tokens import day_of
from chalicelib.api.route import PEOPLE, Operation, Route
from chalicelib.fleet import sessions
from chalicelib.fleet.tokens import Token


def list_sessions(call: Call) -> Answer:
    return success(json_text([_object(session, call) for session in sessions.sessions(call.store, call.now)]))


def end_session(call: Call, id: str) -> Answer:  # noqa: A002 - the path's word
    sessions.end(call.store, id, call.now)
    call.forget_credentials()
    return DONE


def end_sessions(call: Call) -> Answer:
    """Ends all sessions, the caller's own included."""
    sessions.end_all(call.store)
    call.forget_credentials()
    return DONE._replace(headers={"Set-Cookie": cookies.ended_cookie(call.viewer.host)})


def _object(session: Token, call: Call) -> dict[str, object]:
    return {
        "id": session.id,
        "browser": session.note,
        "created": session.created,
        "expires": session.expires,
        "last_used": day_of(session.last_used),
        "current": session.id == call.caller.token_id,
    }


ROUTES = (
    Route(
        "GET",
        "/api/session",
        list_sessions,
        PEOPLE,
        Operation("sessions", "Lists all sessions", result="Session[]", outcome="All sessions.", errors=(413,)),
    ),
    Route(
        "DELETE",
        "/api/session",
        end_sessions,
        PEOPLE,
        Operation(
            "endSessions",
            "Ends every session, the caller's own included",
            result="null",
            outcome="Everybody is signed out. API tokens and agents are unaffected.",
            cookie="an empty session, which replaces the browser's",
        ),
    ),
    Route(
        "DELETE",
        "/api/session/{id}",
        end_session,
        PEOPLE,
        Operation("endSession", "Ends a session", result="null", about="session"),
    ),
)
