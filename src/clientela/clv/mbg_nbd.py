"""MBG/NBD: as BG/NBD, but a customer may stop after the first purchase already.

Batislam, Denizel & Filiztekin (2007), Empirical Validation and Comparison of Models for Customer Base Analysis,
International Journal of Research in Marketing 24(3), 201-209, and Hoppe & Wagner (2007), Customer Base Analysis: The
Case for a Central Variant of the Betageometric/NBD Model, Marketing JRM 3(2), 75-90. Their equations are those of the
BG/NBD with x + 1 chances to stop instead of x: the likelihood has B(a, b + x + 1) / B(a, b) for the living, and the
odds to be dead are a / (b + x) * ((alpha + T) / (alpha + t_x))^(r + x), for those without a repeat purchase too.
"""

from clientela.clv.bg_nbd import BetaGeometricNBD


class ModifiedBetaGeometricNBD(BetaGeometricNBD):
    """Rate ~ Gamma(r, alpha), chance to stop after any purchase, the first too, ~ Beta(a, b)."""

    first_chance = 1
