from datetime import timedelta

import pytest

from syncd.config.load import load_configuration, require_secrets
from syncd.config.show import as_toml
from syncd.errors import ConfigError

EMAIL = {"host": "smtp.example.com", "from": "syncd@example.com", "to": ["it@example.com"]}
EMAIL_INLINE = '{ host = "h", from = "syncd@example.com", to = ["it@example.com"] }'
APP = {"contacts_secret": None, "app_secret": "env:APP", "agent_id": 7}


def written(folder, alerts: str, source: str = 'app_secret = "env:APP"\nagent_id = 7'):
    file = folder / "syncd.toml"
    file.write_text(
        f'[sources.wecom]\ntype = "wecom"\ncorp_id = "ww0123456789abcdef"\n{source}\n[alerts]\n{alerts}\n'
    )
    return file


def warned(folder, alerts: str) -> dict[str, str]:
    _, warnings = load_configuration(written(folder, alerts), {"HOOK": "http://h/x"})
    return {one.path: one.text for one in warnings}


def test_the_table_alone_tells_nobody_and_has_its_defaults(check):
    alerts = check.accept({"alerts": {}}).alerts
    assert (alerts.to, alerts.email, alerts.webhook, alerts.has_another_way) == (
        (),
        None,
        None,
        False,
    )
    assert (alerts.after, alerts.lang) == (timedelta(minutes=30), "both")


@pytest.mark.parametrize(
    ("security", "port"), [("starttls", 587), ("tls", 465), ("none", 25), (None, 587)]
)
def test_the_port_is_the_usual_one_of_the_encryption(check, security, port):
    given = EMAIL if security is None else {**EMAIL, "security": security}
    email = check.accept({"alerts": {"email": given}}).alerts.email
    assert (email.effective_port, email.sender) == (port, "syncd@example.com")
    other = check.accept({"alerts": {"email": {**given, "port": 2525}}}).alerts.email
    assert other.effective_port == 2525


def test_one_address_needs_no_list(check):
    email = check.accept({"alerts": {"email": {**EMAIL, "to": "it@example.com"}}}).alerts.email
    assert email.to == ("it@example.com",)


@pytest.mark.parametrize("missing", ["host", "from", "to"])
def test_what_an_e_mail_needs_is_required(check, missing):
    given = {key: value for key, value in EMAIL.items() if key != missing}
    said = check.refuse({"alerts": {"email": given}})
    assert said == {f"alerts.email.{missing}": "is required and missing"}


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("from", "syncd"),
        ("from", "syncd@example.com\nBcc: a@b"),
        ("from", "IT <it@example.com>"),
        ("to", ["it@example.com, boss@example.com"]),
        ("to", []),
        ("host", "smtp.example.com:587 x"),
        ("host", "smtps://smtp.example.com"),
        ("port", 0),
        ("port", 65536),
        ("security", "ssl"),
        ("recipient", "it@example.com"),
    ],
)
def test_what_is_no_address_host_or_port_is_refused(check, key, value):
    said = check.refuse({"alerts": {"email": {**EMAIL, key: value}}})
    assert [path.startswith(f"alerts.email.{key}") for path in said] == [True]


def test_an_unknown_key_of_the_e_mail_names_the_nearest(check):
    said = check.refuse({"alerts": {"email": {**EMAIL, "form": "x"}}})
    assert said["alerts.email.form"] == 'is not a known key; did you mean "from"?'


def test_user_and_password_belong_together(check):
    assert "alerts.email.password" in check.refuse({"alerts": {"email": {**EMAIL, "user": "u"}}})
    assert "alerts.email.user" in check.refuse({"alerts": {"email": {**EMAIL, "password": "p"}}})


@pytest.mark.parametrize(("host", "is_refused"), [("smtp.example.com", True), ("127.0.0.1", False)])
def test_a_password_is_not_sent_unencrypted_to_another_machine(check, host, is_refused):
    account = {"user": "u", "password": "env:P", "security": "none", "host": host}
    document = {"alerts": {"email": {**EMAIL, **account}}}
    if is_refused:
        assert "alerts.email.security" in check.refuse(document)
    else:
        check.accept(document)


@pytest.mark.parametrize(
    "to", [["userid:zhangsan"], ["user:17", "department:3", "tag:2"], ["all"], "userid:zhang.san"]
)
def test_recipients_are_written_as_in_a_message(check, wecom_document, to):
    given = [to] if isinstance(to, str) else to
    alerts = check.accept({**wecom_document(**APP), "alerts": {"to": to}}).alerts
    assert alerts.to == tuple(given)


@pytest.mark.parametrize(
    "to", ["zhangsan", "user:zhangsan", "userid:", "userid:a|userid:b", "tag:x"]
)
def test_what_is_no_recipient_is_refused(check, wecom_document, to):
    said = check.refuse({**wecom_document(**APP), "alerts": {"to": [to]}})
    assert "is no recipient" in said["alerts.to.0"]


def test_people_in_wecom_need_a_source_that_can_send(check, wecom_document):
    for source in (wecom_document(), wecom_document(**APP, enabled=False), {}):
        assert "alerts.to" in check.refuse({**source, "alerts": {"to": ["all"]}})
    assert "alerts.to" in check.refuse(
        {**wecom_document(**APP, apply=False), "alerts": {"to": ["all"]}}
    )


def test_where_several_could_send_one_is_named(check, wecom_document):
    one = wecom_document(**APP)["sources"]["wecom"]
    document = {
        "sources": {"a": one, "b": {**one, "corp_id": "ww1"}, "c": {**one, "enabled": False}},
        "reconcile": {"authority": "a", "common_field": "mobile"},
    }
    said = check.refuse({**document, "alerts": {"to": ["all"]}})
    assert said == {"alerts.source": "is needed where several sources could send: a, b"}
    check.accept({**document, "alerts": {"to": ["all"], "source": "b"}})
    for wrong in ("c", "d"):
        assert "alerts.source" in check.refuse(
            {**document, "alerts": {"to": ["all"], "source": wrong}}
        )


@pytest.mark.parametrize("webhook", ["hooks.example.com", "ftp://x/y", "file:", "http://"])
def test_a_web_hook_is_an_address_or_a_reference(check, webhook):
    assert "alerts.webhook" in check.refuse({"alerts": {"webhook": webhook}})


@pytest.mark.parametrize("proxy", ["socks5://p:1", "p:3128"])
def test_the_proxy_to_the_web_hook_is_one_of_http(check, proxy):
    assert "alerts.proxy" in check.refuse({"alerts": {"proxy": proxy}})
    check.accept({"alerts": {"proxy": "http://p:3128"}})
    check.accept({"alerts": {"proxy": "none"}})


@pytest.mark.parametrize(
    ("alerts", "path", "words"),
    [
        ('to = ["all"]', "alerts.to", "only way"),
        ('webhook = "https://h/x?key=1"', "alerts.webhook", "a secret written into the file"),
        ('webhook = "https://h/B0123456789abcdef"', "alerts.webhook", "a secret written"),
        ('webhook = "https://me:pw@h/x"', "alerts.webhook", "a secret written"),
        ('webhook = "http://h/x"', "alerts.webhook", "not encrypted"),
        (
            'email = { host = "h", from = "a@b", to = "c@d", security = "none" }',
            "alerts.email.security",
            "not encrypted",
        ),
        (
            'email = { host = "h", from = "a@b", to = "c@d", user = "u", password = "p" }',
            "alerts.email.password",
            "a secret written",
        ),
    ],
)
def test_what_works_and_should_not_stay_so_is_warned_about(tmp_path, alerts, path, words):
    (tmp_path / "syncd.toml").touch(0o600)
    assert [words in told for where, told in warned(tmp_path, alerts).items() if where == path] == [
        True
    ]


@pytest.mark.parametrize(
    "alerts",
    [
        'webhook = "https://hooks.example.com/syncd"',
        'webhook = "env:HOOK"',
        'webhook = "http://127.0.0.1:9000/x"',
        'to = ["all"]\nwebhook = "https://hooks.example.com/syncd"',
        'email = { host = "localhost", from = "a@b", to = "c@d", security = "none" }',
    ],
)
def test_nothing_is_warned_about_that_is_right(tmp_path, alerts):
    assert warned(tmp_path, alerts) == {}


def test_a_secret_that_is_missing_is_told_beforehand(tmp_path):
    file = written(tmp_path, 'webhook = "env:HOOK"')
    configuration, _ = load_configuration(file, {"APP": "x"})
    with pytest.raises(ConfigError, match=r"alerts\.webhook: .*HOOK is not set"):
        require_secrets(configuration)


def test_the_address_of_a_web_hook_is_masked_where_the_configuration_is_shown(tmp_path):
    file = written(tmp_path, 'webhook = "https://h/x?key=s3cret"\nemail = ' + EMAIL_INLINE)
    configuration, _ = load_configuration(file, {})
    shown = as_toml(configuration)
    assert "s3cret" not in shown
    assert 'from = "syncd@example.com"' in shown
