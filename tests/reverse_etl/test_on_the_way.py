"""Nothing is sent where it could be read on its way: neither rows nor a credential."""

from dataclasses import replace
from pathlib import Path

import pytest
from smtp_server import serve

from orchestration.night.settings_check import check_settings
from orchestration.reverse_etl import destinations
from orchestration.reverse_etl.destinations import postgres, smtp_email
from orchestration.reverse_etl.protocol import DestinationConfig, Stopped
from orchestration.reverse_etl.spec import SpecError
from orchestration.settings import PROJECT, SettingsError, load_settings

FAR = "http://crm.example"
# What each needs to be built at all.
OPTIONS = {
    "account": "1",
    "from": "+15005550006",
    "folder": "/srv/lists",
    "login_customer": "1",
}


@pytest.mark.parametrize("kind", destinations.available())
def test_no_kind_is_built_for_http_on_another_machine(kind: str) -> None:
    for address, options in ((FAR, OPTIONS), (None, {**OPTIONS, "token_url": f"{FAR}/token"})):
        config = DestinationConfig(kind, lambda: "secret", address, options)
        with pytest.raises(SpecError, match=rf"destination {kind}: (base_url|options\.token_url)"):
            destinations.build(config)


def test_http_is_taken_on_this_machine_and_where_it_is_said() -> None:
    near = DestinationConfig("webhook", lambda: "secret", "http://127.0.0.1:9")
    far = DestinationConfig("webhook", lambda: "secret", FAR)
    for config in (near, replace(far, insecure=True)):
        assert destinations.build(config).name == "webhook"


@pytest.mark.parametrize("line", [f"base_url: '{FAR}'", f"options: {{status_callback: '{FAR}'}}"])
def test_the_settings_are_refused_before_a_night_begins(tmp_path: Path, line: str) -> None:
    text = (PROJECT / "clientele.yml").read_text(encoding="utf-8")
    file = tmp_path / "clientele.yml"

    def check(entry: str) -> None:
        file.write_text(
            text.replace("\ndestinations:\n", f"\ndestinations:\n  webhook: {{{entry}}}\n"),
            encoding="utf-8",
        )
        check_settings(load_settings(file, tmp_path))

    with pytest.raises(SettingsError, match=r"destinations\.webhook: .*insecure: true"):
        check(f"enabled: true, {line}")
    check(f"enabled: true, insecure: true, {line}")


@pytest.fixture
def far(monkeypatch: pytest.MonkeyPatch) -> None:
    """This machine is another one."""
    monkeypatch.setattr(smtp_email, "is_this_machine", lambda host: False)
    monkeypatch.setattr(postgres, "database_is_in_clear", lambda string: True)


def test_a_relay_without_tls_gets_no_mail(world, far) -> None:
    for box, url in serve():
        world.views = [
            "create view sync.mails as select customer_id as event_id, email, firstname as subject,"
            " 'text' as text from sync.contacts"
        ]
        world.spec = replace(
            world.spec,
            name="mails",
            destination="smtp_email",
            relation=("sync", "mails"),
            key="event_id",
            mode="append",
            on_removal="ignore",
        )
        world.base_url = url
        world.options |= {"from": "shop@shop.example", "unsubscribe_mailto": "a@shop.example"}
        world.people(2)
        result = world.deliver()
        assert (result.status, result.unsent, box.messages) == ("failed", 2, [])
        assert "offers no STARTTLS" in result.message and "insecure: true" in result.message
        config = DestinationConfig(
            "smtp_email", lambda: "", url, world.options, clock=world.clock, insecure=True
        )
        result = world.deliver(destination=destinations.build(config))
        assert (result.acknowledged, len(box.messages)) == (2, 2)


def test_a_database_without_tls_gets_no_rows(far) -> None:
    config = DestinationConfig("postgres", lambda: "postgresql://ada:canary@db.example/crm")
    with pytest.raises(Stopped, match=r"sslmode=verify-full.*insecure: true") as raised:
        destinations.build(config).open()
    assert "canary" not in str(raised.value)
    destinations.build(replace(config, insecure=True)).open()


def test_a_bucket_without_tls_stops_its_sync(world, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://store.example:9000")
    world.spec = replace(world.spec, destination="files", mode="mirror", on_removal="delete")
    world.options = {"folder": "s3://lists/out"}
    world.people(2)
    result = world.deliver()
    assert (result.status, result.unsent) == ("failed", 2)
    assert "destination files: s3://lists/out: AWS_ENDPOINT_URL" in result.message
