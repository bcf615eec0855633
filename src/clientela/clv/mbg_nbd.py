"""MBG/NBD: like BG/NBD, but a customer may also stop after the first purchase.

Batislam, Denizel & Filiztekin (2007), Empirical Validation and Comparison of Models for Customer Base Analysis,
International Journal of Research in Marketing 24(3), 201-209, and Hoppe & Wagner (2007), Customer Base Analysis: The
Case for a Central Variant of the Betageometric/NBD Model, Marketing JRM 3(2), 75-90. Their equations are those of the
BG/NBD with x + 1 chances to stop instead of x: the likelihood of a living customer has B(a, b + x + 1) / B(a, b). The
odds to be dead are a / (b + x) * ((alpha + T) / (alpha + t_x))^(r + x), also without a repeat purchase.
"""

from clientela.clv.bg_nbd import BetaGeometricNBD


class ModifiedBetaGeometricNBD(BetaGeometricNBD):
    """Purchase rate ~ Gamma(r, alpha), chance to stop after any purchase, including the first, ~ Beta(a, b)."""

    first_chance = 1
