from datetime import timedelta

import orjson
import pytest

from syncd.simulator.mutations import mutate


def gettoken(call, **query):
    return orjson.loads(call.outcome("gettoken", **query).reply.body)


def errcode(call, token):
    outcome = call.outcome("user/list", access_token=token, department_id=3)
    return orjson.loads(outcome.reply.body)["errcode"]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"corpid": "wwtest", "corpsecret": "app-secret"}, 0),
        ({"corpid": "wwother", "corpsecret": "app-secret"}, 40013),
        ({"corpid": "wwtest", "corpsecret": "wrong"}, 40001),
        ({"corpsecret": "app-secret"}, 41002),
        ({"corpid": "wwtest"}, 41004),
    ],
)
def test_gettoken_says_which_of_the_two_is_wrong(call, query, expected):
    assert gettoken(call, **query)["errcode"] == expected


def test_a_token_stays_the_same_while_it_lives_and_counts_down(make, clock):
    call = make(token_life=timedelta(seconds=100))
    first = gettoken(call, corpid="wwtest", corpsecret="app-secret")
    clock.time += 40
    again = gettoken(call, corpid="wwtest", corpsecret="app-secret")
    assert again["access_token"] == first["access_token"]
    assert (first["expires_in"], again["expires_in"]) == (100, 60)


@pytest.mark.parametrize("expired", [42001, 40014])
def test_a_token_runs_out_and_another_comes(make, clock, expired):
    call = make(token_life=timedelta(seconds=100), expired_errcode=expired)
    old = call.token()
    clock.time += 101
    assert errcode(call, old) == expired
    assert call.token() != old
    assert errcode(call, call.token()) == 0


@pytest.mark.parametrize("ended_with", [42001, 40014])
def test_a_token_is_ended_on_demand(call, ended_with):
    old = call.token()
    assert call.api.tokens.end(ended_with) == 1
    assert errcode(call, old) == ended_with
    assert errcode(call, call.token()) == 0


def test_the_tokens_of_one_secret_can_be_ended_alone(call):
    app, contacts = call.token(), call.with_secret("contacts-secret").token()
    assert call.api.tokens.end(secret="contacts-secret") == 1
    assert errcode(call, app) == 0
    assert errcode(call, contacts) == 42001


@pytest.mark.parametrize(("token", "expected"), [("", 41001), ("nonsense", 40014)])
def test_a_call_needs_a_token_that_is_one(call, token, expected):
    assert errcode(call, token) == expected


def test_a_token_in_the_body_is_ignored(call):
    outcome = call.outcome("user/list_id", {"access_token": call.token()})
    assert orjson.loads(outcome.reply.body)["errcode"] == 41001


def test_a_reset_secret_ends_its_token(call, company):
    old = call.token()
    mutate(company, {"op": "app", "agentid": 1000002, "secret": "fresh"})
    assert errcode(call, old) == 40014
    assert gettoken(call, corpid="wwtest", corpsecret="app-secret")["errcode"] == 40001
    assert errcode(call, call.with_secret("fresh").token()) == 0


def test_the_token_of_another_app_may_not_look_at_this_one(call):
    assert call.with_secret("other-secret")("agent/get", agentid=1000002)["errcode"] == 301002
