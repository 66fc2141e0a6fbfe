"""Signing in and out, and changing the password."""

from contextlib import suppress

from chalicelib.api import cookies
from chalicelib.api.answers import DONE, Answer, success
from chalicelib.api.call import Call
from chalicelib.api.json_output import json_text
from chalicelib.api.route import DEVICE_SIGN_IN, PEOPLE, SIGN_IN, SIGNING_IN, SIGNING_OUT, Operation, Route
from chalicelib.fleet import limits, settings, sign_in
from chalicelib.fleet.errors import InvalidInput
from chalicelib.fleet.tokens import SECONDS_A_DAY as DAY


def login(call: Call) -> Answer:
    credential = sign_in.sign_in(call.store, call.fields()["password"], call.viewer.address, call.now, _browser(call))
    _learn_site_url(call)
    return _with_cookie(cookies.session_cookie(credential, call.viewer.host))


def login_from_device(call: Call) -> Answer:
    fields = call.fields()
    credential = sign_in.sign_in_from_device(call.store, fields["password"], fields["device"], call.now, _browser(call))
    return _with_cookie(cookies.session_cookie(credential, call.viewer.host))


def show_device(call: Call) -> Answer:
    return success(json_text({"device": sign_in.new_device(call.store, call.now, call.caller.token_id)}))


def logout(call: Call) -> Answer:
    """Also succeeds without a session, because the caller is signed out either way."""
    if call.session and sign_in.sign_out(call.store, call.session):
        call.forget_credentials()
    return _with_cookie(cookies.ended_cookie(call.viewer.host))


def show_password(call: Call) -> Answer:
    return success(json_text({"generated": sign_in.is_generated(call.store)}))


def change_password(call: Call) -> Answer:
    """Ends every session; the caller stays signed in with the cookie of this answer."""
    fields = call.fields()
    credential = sign_in.change_password(
        call.store, fields["current"], fields["new"], call.viewer.address, call.now, _browser(call)
    )
    call.forget_credentials()
    return _with_cookie(cookies.session_cookie(credential, call.viewer.host))


def _browser(call: Call) -> str:
    """The request's User-Agent header; "" if there is none."""
    return str(call.request.headers.get("user-agent", ""))


def _learn_site_url(call: Call) -> None:
    """Sets the site's URL to the one at which somebody signs in with a browser, unless it is set already."""
    origin = call.request.headers.get("origin", "")
    if not origin or call.store.view().settings.site_url:
        return
    with suppress(InvalidInput):  # a browser that hides its page's origin says "null"
        settings.edit(call.store, {"site_url": origin + call.prefix})


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
            description=f"A network (an IPv4 address, or a /64 of IPv6) may send {limits.ATTEMPTS} wrong passwords in "
            f"{limits.ATTEMPTS_WINDOW_SECONDS // 60} minutes. The session ends {limits.SESSION_SECONDS // DAY} days "
            f"after its last use, and {limits.SESSION_SECONDS_MOST // DAY} days after signing in.",
            body="SignIn",
            cookie="the session",
        ),
        throttle=SIGN_IN,
    ),
    Route(
        "POST",
        "/api/login/device",
        login_from_device,
        SIGNING_IN,
        Operation(
            "signInFromDevice",
            "Signs in from a browser that signed in before",
            result="null",
            outcome="Signed in.",
            description="As `POST /api/login`, but only this device's own wrong passwords count, so other people's "
            "attempts do not block it. `device` is a token from `GET /api/device`; the error `unknown_device` "
            "means that it has expired or that the password has changed.",
            body="DeviceSignIn",
            cookie="the session",
        ),
        throttle=DEVICE_SIGN_IN,
    ),
    Route(
        "GET",
        "/api/device",
        show_device,
        PEOPLE,
        Operation(
            "newDevice",
            "Returns a token that identifies this browser when it signs in again",
            result="Device",
            outcome="The token. It gives no access by itself.",
            description=f"It works for {limits.DEVICE_SECONDS // DAY} days, until the password changes.",
        ),
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
        "GET",
        "/api/password",
        show_password,
        PEOPLE,
        Operation(
            "password",
            "Returns whether the password was generated",
            result="Password",
            outcome="Whether the password was generated.",
        ),
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
            outcome="Changed. Only the session in this response's cookie remains.",
            description="Attempts count like attempts to sign in.",
            body="PasswordChange",
            cookie="the session",
        ),
    ),
)
