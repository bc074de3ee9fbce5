"""Signatures as Standard Webhooks has them."""

from compare_site.hooks.signing import headers_of, key_of


def test_the_example_of_the_standard_is_signed_the_same() -> None:
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    body = b'{"test": 2432232314}'
    headers = headers_of(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, body)
    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    assert (headers["webhook-id"], headers["webhook-timestamp"]) == ("msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330")


def test_a_secret_that_is_no_base64_is_taken_as_it_is() -> None:
    assert key_of("plain words") == b"plain words"
    assert key_of("whsec_not base64!") == b"whsec_not base64!"
