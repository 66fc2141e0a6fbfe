"""Signing in and out, and changing the password."""

import time
from collections.abc import Callable
from functools import partial

from chalicelib.api import cookies
from chalicelib.api.answers import Answer, success
from chalicelib.api.body import fields_of, json_in, text_in
from chalicelib.api.call import Call
from chalicelib.api.same_origin import require_no_other_site
from chalicelib.api.serving import Service
from chalicelib.fleet import sign_in


def add_routes(service: Service, pause: Callable[[float], None] = time.sleep) -> None:
    service.open("POST", "/api/login", partial(login, pause=pause))
    service.open("POST", "/api/logout", logout)
    service.signed_in("POST", "/api/password", partial(change_password, pause=pause))


def login(call: Call, *, pause: Callable[[float], None]) -> Answer:
    require_no_other_site(call.request, call.viewer)
    password = text_in(fields_of(json_in(call.body), "The body", ("password",)), "password")
    credential = sign_in.sign_in(call.store, password, call.viewer.address, call.now, pause)
    return _with_cookie(cookies.session_cookie(credential, call.viewer.host))


def logout(call: Call) -> Answer:
    """Also where there is no session: who signs out wants to be signed out."""
    require_no_other_site(call.request, call.viewer)
    credential = call.session
    if credential and sign_in.sign_out(call.store, credential):
        call.forget_credentials()
    return _with_cookie(cookies.ended_cookie(call.viewer.host))


def change_password(call: Call, *, pause: Callable[[float], None]) -> Answer:
    """Ends every session; the one that asked goes on with the cookie of this answer."""
    fields = fields_of(json_in(call.body), "The body", ("current", "new"))
    current, new = text_in(fields, "current"), text_in(fields, "new")
    credential = sign_in.change_password(call.store, current, new, call.viewer.address, call.now, pause)
    call.forget_credentials()
    return _with_cookie(cookies.session_cookie(credential, call.viewer.host))


def _with_cookie(cookie: str) -> Answer:
    answer = success("null")
    return Answer(answer.body, headers={"Set-Cookie": cookie})
