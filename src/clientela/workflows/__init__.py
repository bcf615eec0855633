"""The story of each verb: named steps in their order, with no logic of their own."""
