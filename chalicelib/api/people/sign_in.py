"""Signing in and out, and changing the password."""

import time

from chalicelib.api import cookies
from chalicelib.api.answers import DONE, Answer
from chalicelib.api.call import Call
from chalicelib.api.route import PEOPLE, SIGN_IN, SIGNING_IN, SIGNING_OUT, Operation, Route
from chalicelib.fleet import limits, sign_in


def login(call: Call) -> Answer:
    password = call.fields()["password"]
    credential = sign_in.sign_in(call.store, password, call.viewer.address, call.now, time.sleep)
    return _with_cookie(cookies.session_cookie(credential, call.viewer.host))


def logout(call: Call) -> Answer:
    """Succeeds without a session, too: either way the caller is signed out afterwards."""
    if call.session and sign_in.sign_out(call.store, call.session):
        call.forget_credentials()
    return _with_cookie(cookies.ended_cookie(call.viewer.host))


def change_password(call: Call) -> Answer:
    """Ends every session; the caller goes on with the cookie of this answer."""
    fields = call.fields()
    credential = sign_in.change_password(
        call.store, fields["current"], fields["new"], call.viewer.address, call.now, time.sleep
    )
    call.forget_credentials()
    return _with_cookie(cookies.session_cookie(credential, call.viewer.host))


def _with_cookie(cookie: str) -> Answer:
    return DONE._replace(headers={"Set-Cookie": cookie})


ROUTES = (
    Route(
        "POST",
        "/api/login",
        login,
        SIGNING_IN,
        Operation(
            "signIn",
            "Signs in",
            result="null",
            outcome="Signed in.",
            description=f"An address may make {limits.ATTEMPTS_AN_ADDRESS} attempts in "
            f"{limits.ATTEMPTS_WINDOW_SECONDS // 60} minutes.",
            body="SignIn",
            cookie="the session",
        ),
        throttle=SIGN_IN,
    ),
    Route(
        "POST",
        "/api/logout",
        logout,
        SIGNING_OUT,
        Operation(
            "signOut",
            "Signs out",
            result="null",
            outcome="Signed out, or there was no session.",
            cookie="an empty session, which replaces the browser's",
        ),
        throttle=SIGN_IN,
    ),
    Route(
        "POST",
        "/api/password",
        change_password,
        PEOPLE,
        Operation(
            "changePassword",
            "Changes the password and ends all other sessions",
            result="null",
            outcome="Changed. Only the session in this answer's cookie is left.",
            description="Attempts count like attempts to sign in.",
            body="PasswordChange",
            cookie="the session",
        ),
    ),
)
