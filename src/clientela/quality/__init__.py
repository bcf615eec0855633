"""The quality of a data set: columns, outliers, calendar, levels and agreement of its sources, as findings."""
