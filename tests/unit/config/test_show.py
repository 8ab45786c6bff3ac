import tomllib

from syncd.config.show import as_toml, effective


def test_what_is_shown_is_toml_with_the_defaults_filled_in(check):
    shown = tomllib.loads(as_toml(check.wecom(fields={"custom.grade": "extattr.职级"})))
    assert shown == effective(check.wecom(fields={"custom.grade": "extattr.职级"}))
    assert shown["store"]["url"] == "sqlite:////var/lib/syncd/syncd.db"
    assert shown["audit"]["file"] == "/var/lib/syncd/audit.jsonl"
    assert shown["reconcile"]["authority"] == "wecom"
    assert shown["guard"]["max_deactivations"] == {"floor": 10, "small_floor": 3, "share": 0.05}
    assert shown["sources"]["wecom"]["every"] == "10m"


def test_what_is_shown_means_the_same_when_it_is_loaded(check):
    configuration = check.wecom(exclude=[7], proxy="http://p:1", agent_id=3, app_secret="env:APP")
    again = check.accept(tomllib.loads(as_toml(configuration)))
    assert effective(again) == effective(configuration)
    assert again.guard.limits == configuration.guard.limits


def test_secrets_and_passwords_are_masked(check, wecom_document):
    document = wecom_document(
        contacts_secret=["hunter2", "env:OLD"],
        proxy="http://user:hunter2@proxy.example.com:3128",
        callback={"token": "hunter2", "aes_key": "env:AES"},
    )
    check.env = {"OLD": "hunter2", "AES": "hunter2"}
    document["http"] = {"api_keys": ["hunter2"]}
    document["applications"] = {"portal": {"key": "hunter2"}}
    shown = as_toml(check.accept(document))
    assert "hunter2" not in shown
    assert "env:OLD" in shown
    assert "proxy.example.com:3128" in shown


def test_the_address_of_a_server_is_shown_without_password_and_options(check):
    url = "mysql+pymysql://syncd:hunter2@db/syncd?ssl_key_password=hunter2"
    shown = effective(check.accept({"store": {"url": url, "password": "hunter2"}}))["store"]
    assert shown["url"] == "mysql+pymysql://syncd:********@db/syncd"
    assert shown["password"] == "********"


def test_text_of_any_kind_survives(check):
    odd = 'a"b\\c\n\t\x07工号'
    configuration = check.accept({"guard": {"protected": [odd]}})
    assert tomllib.loads(as_toml(configuration))["guard"]["protected"] == [odd]


def test_a_store_that_is_a_reference_without_a_value_can_still_be_shown(check):
    shown = effective(check.accept({"store": {"url": "env:DB"}}))
    assert shown["store"] == {"url": "env:DB"}
    assert "beside" in shown["audit"]["file"]
