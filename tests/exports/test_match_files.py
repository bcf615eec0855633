"""Customer-match values, against the examples that Google and Meta publish.

Google: Data Manager API, "Format user data" and "Send audience members",
https://developers.google.com/data-manager/api/devguides/concepts/formatting and
https://developers.google.com/data-manager/api/devguides/audiences/send-audience-members.
Meta: Conversions API, "Customer Information Parameters",
https://developers.facebook.com/docs/marketing-api/conversions-api/parameters/customer-information-parameters.
"""

import re

import pytest

from clientela.exports.match_google import COLUMNS as GOOGLE
from clientela.exports.match_google import google_email, google_row
from clientela.exports.match_meta import COLUMNS as META
from clientela.exports.match_meta import meta_city, meta_name, meta_row, meta_state, meta_zip
from clientela.exports.match_values import country_code, date_digits, days_come_first, phone_e164, sha256
from clientela.exports.person import Person


def google(**details: str) -> dict[str, str]:
    return dict(zip(GOOGLE, google_row(Person(**details), None), strict=True))


def meta(**details: str) -> dict[str, str]:
    return dict(zip(META, meta_row(Person(**details), None), strict=True))


class TestGoogle:
    @pytest.mark.parametrize(
        ("email", "digest"),
        [
            ("dana@example.com", "07e2f1394b0ea80e2adca010ea8318df697001a005ba7452720edda4b0ce57b3"),
            ("DanaM@example.com", "1df6b43bc68dd38eca94e6a65b4f466ae537b796c81a526918b40ac4a7b906c7"),
            ("ALEXF@example.com", "19de0a9906ebee29fe82087be5ec44f3c01e40730bc808b663c71f19dd6b12f2"),
            ("AlexF@cymbalgroup.com", "7d2d80e240594dcee2e57f57885ee286c4b232dd142234d7a0af6d31cc86679b"),
            ("alexF@altostrat.com", "063c45291827d4994f98357b72862b25885834fd53cf8f0e4af359916fc03c62"),
            ("quinn@CYMBALGROUP.com", "05bb62526f091b45d20e243d194766cca8869137421047dc53fa4876d111a6f0"),
            ("baklavainthebalkans@gmail.com", "f1fcde379f31f4d446b76ee8f34860eca2288adc6b6d6c0fdc56d9eee75a2fa5"),
            ("rosario@example.org", "83a834cc5327bc4dee7c5408988040dc5813c7662611cd93b707aff72bf7d33f"),
            ("cloudySanFrancisco@GMAIL.com", "223ebda6f6889b1494551ba902d9d381daf2f642bae055888e96343d53e9f9c4"),
            (
                "cloudy.sanfrancisco+shopping@gmail.com",
                "223ebda6f6889b1494551ba902d9d381daf2f642bae055888e96343d53e9f9c4",
            ),
        ],
    )
    def test_published_addresses(self, email, digest):
        assert google(email=email)["Email"] == digest

    @pytest.mark.parametrize(
        ("phone", "digest"),
        [
            ("+1-800-555-0100", "fb4f73a6ec5fdb7077d564cdd22c3554b43ce49168550c3b12c547b78c517b30"),
            ("+1 800-555-0101", "61d6c2976b5d92b1ad63073a12fddd26040cd980067d03a93dd1cc50f1a3ac68"),
            ("+1 800-555-0102", "c5383c2eeada28210d27f011bc127d4f9562cf38ff0c9bba33dd45ae79b9fe7c"),
            ("+1-800-555-0110", "525c2390a4e2a9766fa8ddc341dd10414603baebefa401f5a5e29f55e176525d"),
        ],
    )
    def test_published_telephone_numbers(self, phone, digest):
        assert google(phone=phone)["Phone"] == digest

    @pytest.mark.parametrize(
        ("text", "address"),
        [
            ("user.name+NYC@Example.com", "user.name+nyc@example.com"),
            (" ana . b@GoogleMail.com ", "anab@googlemail.com"),
            ("a.b@notgmail.com", "a.b@notgmail.com"),
            ("no address", None), ("@gmail.com", None), ("...@gmail.com", None), ("a@b@c", None), ("", None),
        ],
    )  # fmt: skip
    def test_addresses_of_other_domains_keep_dots_and_plus_signs(self, text, address):
        assert google_email(text) == address

    def test_names_are_hashed_and_country_and_postal_code_are_not(self):
        found = google(first_name=" Mrs. Joanna ", last_name="SMITH, Jr.", country="United States", zip=" 94016 ")
        assert found["First Name"] == sha256("joanna")
        assert found["Last Name"] == sha256("smith")
        assert (found["Country"], found["Zip"]) == ("US", "94016")
        assert google(first_name="Zoë", last_name="Pérez", country="sg", zip="WC2H 8LG")["First Name"] == sha256("zoë")

    @pytest.mark.parametrize("missing", ["first_name", "last_name", "country", "zip"])
    def test_an_address_is_written_as_a_whole_or_not_at_all(self, missing):
        details = {"first_name": "Ana", "last_name": "Souza", "country": "BR", "zip": "01310-100"}
        assert all(google(**details)[name] for name in GOOGLE[2:])
        assert not any(google(**{**details, missing: ""})[name] for name in GOOGLE[2:])


class TestMeta:
    @pytest.mark.parametrize(
        ("column", "details", "digest"),
        [
            (
                "email",
                {"email": "John_Smith@gmail.com"},
                "62a14e44f765419d10fea99367361a727c12365e2520f32218d505ed9aa0f62f",
            ),
            (
                "phone",
                {"phone": "(650)555-1212", "country": "US"},
                "e323ec626319ca94ee8bff2e4c87cf613be6ea19919ed1364124e16807ab3176",
            ),
            ("fn", {"first_name": "Mary"}, "6915771be1c5aa0c886870b6951b03d7eafc121fea0e80a5ea83beb7c449f4ec"),
            ("fn", {"first_name": "정"}, "8fa8cd9c440be61d0151429310034083132b35975c4bea67fdd74158eb51db14"),
            ("fn", {"first_name": "Valéry"}, "08e1996b5dd49e62a4b4c010d44e4345592a863bb9f8e3976219bac29417149c"),
            ("dob", {"birthday": "2/16/1997"}, "01acdbf6ec7b4f478a225f1a246e5d6767eeab1a7ffa17f025265b5b94f40f0c"),
            (
                "country",
                {"country": "United States"},
                "79adb2a2fce5c6ba215fe5f27f532d4e7edbac4b6a5e09e1ef3a08084a904621",
            ),
        ],
    )
    def test_published_examples(self, column, details, digest):
        assert meta(**details)[column] == digest

    def test_cities_states_and_postal_codes_have_the_published_forms(self):
        assert [meta_city(name) for name in ("Paris", "London", "New York")] == ["paris", "london", "newyork"]
        assert [meta_state(name, "US") for name in ("Arizona", "CA", "New York", "N.Y.")] == ["az", "ca", "ny", "ny"]
        assert meta_state("Nova Iorque", "BR") == "novaiorque"
        codes = [("94035-1234", "US"), ("1987", "AU"), ("75018", "FR"), ("M1 1AE", "GB"), ("01310-100", "BR")]
        assert [meta_zip(*code) for code in codes] == ["94035", "1987", "75018", "m11ae", "01310100"]

    def test_names_lose_punctuation_and_keep_letters_of_all_scripts(self):
        assert [meta_name(name) for name in ("O'Neil", "Maria  Clara ", "J.", "Müller-Lüdenscheidt")] == [
            "oneil", "maria clara", "j", "müllerlüdenscheidt",
        ]  # fmt: skip

    def test_gmail_addresses_keep_their_dots(self):
        assert meta(email="a.b+c@gmail.com")["email"] == sha256("a.b+c@gmail.com")

    def test_genders_are_initials(self):
        genders = [meta(gender=text)["gen"] for text in ("Female", "M", "masculino", "unknown")]
        assert genders == [sha256("f"), sha256("m"), sha256("m"), ""]

    def test_values_that_are_not_known_are_not_hashed(self):
        assert set(meta().values()) == {""}


def test_every_hashed_value_is_64_digits_and_no_raw_value_is_left():
    details = {
        "email": "ana@example.com", "phone": "+55 11 98765-4321", "first_name": "Ana", "last_name": "Souza",
        "city": "Campinas", "state": "SP", "zip": "13010", "country": "BR", "birthday": "1990-02-01", "gender": "f",
    }  # fmt: skip
    hashed = [*meta(**details).values(), *(google(**details)[name] for name in GOOGLE[:4])]
    assert all(re.fullmatch("[0-9a-f]{64}", value) for value in hashed)
    assert "ana" not in repr(Person(**details)).lower()


@pytest.mark.parametrize(
    ("text", "country", "number"),
    [
        ("11 98765-4321", "BR", "+5511987654321"),
        ("(0)11 98765-4321", "BR", "+5511987654321"),
        ("0044 20 7946 0018", None, "+442079460018"),
        ("+44 (0)20 7946 0018", "BR", "+442079460018"),
        ("11 98765-4321", None, None),
        ("123", "BR", None), ("unknown", "BR", None), ("", "BR", None), ("98765432109876543210", "BR", None),
    ],
)  # fmt: skip
def test_telephone_numbers_need_a_country(text, country, number):
    assert phone_e164(text, country) == number


@pytest.mark.parametrize(
    ("text", "code"),
    [("br", "BR"), ("Brasil", "BR"), ("brazil", "BR"), ("USA", "US"), ("Germany", "DE"), ("Narnia", None), ("", "PT")],
)
def test_countries_are_recognised_by_code_and_name(text, code):
    assert country_code(text, "PT") == code


@pytest.mark.parametrize(
    ("text", "day_first", "digits"),
    [
        ("1997-02-16", None, "19970216"), ("1997-02-16 00:00:00", None, "19970216"), ("19970216", None, "19970216"),
        ("16/2/1997", None, "19970216"), ("2/3/1997", True, "19970302"), ("2/3/1997", False, "19970203"),
        ("2/3/1997", None, None), ("3.3.1997", None, "19970303"), ("16/2/97", True, None), ("16/13/1997", True, None),
        ("soon", True, None), ("1597-02-16", None, None), ("", None, None),
    ],
)  # fmt: skip
def test_dates_are_written_in_eight_digits(text, day_first, digits):
    assert date_digits(text, day_first=day_first) == digits


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (["1/2/1990", "16/2/1997"], True),
        (["2/16/1997"], False),
        (["1/2/1990"], None),
        (["16/2/1997", "2/16/1997"], None),
    ],
)  # fmt: skip
def test_a_column_says_whether_the_day_comes_first(texts, expected):
    assert days_come_first(texts) is expected
