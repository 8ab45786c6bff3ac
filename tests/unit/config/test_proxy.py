import pytest

from syncd.config.proxy import EnvironmentProxies, proxy_for

ENV = {
    "HTTPS_PROXY": "http://upper:3128",
    "https_proxy": "http://lower:3128",
    "HTTP_PROXY": "plain:3128",
    "NO_PROXY": "intra.example.com, .corp.example.com",
    "PATH": "/bin",
}


@pytest.mark.parametrize(
    ("url", "proxy"),
    [
        pytest.param("https://qyapi.weixin.qq.com", "http://lower:3128", id="lower case wins"),
        pytest.param("http://wecom.example.com", "http://plain:3128", id="a bare host is http"),
        pytest.param("https://intra.example.com/x", None, id="named in NO_PROXY"),
        pytest.param("https://a.corp.example.com:8443", None, id="below a name in NO_PROXY"),
        pytest.param("http://127.0.0.1:8000", None, id="loopback"),
        pytest.param("https://localhost", None, id="loopback by name"),
    ],
)
def test_the_environment_names_a_proxy_except_for_what_is_near(url, proxy):
    assert EnvironmentProxies.read(ENV).for_url(url) == proxy


def test_one_proxy_for_all_serves_what_has_none_of_its_own():
    proxies = EnvironmentProxies.read({"ALL_PROXY": "socks5://s:1080", "HTTP_PROXY": ""})
    assert proxies.for_url("https://example.com") == "socks5://s:1080"
    assert proxies.for_url("http://example.com") == "socks5://s:1080"


def test_an_empty_environment_has_no_proxy():
    assert EnvironmentProxies.read({}).for_url("https://example.com") is None


def test_everything_may_be_excepted():
    assert EnvironmentProxies.read(ENV | {"NO_PROXY": "*"}).for_url("https://example.com") is None


def test_the_proxy_of_a_source_outranks_the_environment_and_none_means_none():
    proxies = EnvironmentProxies.read(ENV)
    assert proxy_for("https://example.com", "http://own:1", proxies) == "http://own:1"
    assert proxy_for("https://example.com", "none", proxies) is None
    assert proxy_for("https://example.com", None, proxies) == "http://lower:3128"


def test_a_password_in_a_proxy_does_not_show():
    assert "hunter2" not in repr(EnvironmentProxies.read({"HTTP_PROXY": "http://u:hunter2@p:1"}))
