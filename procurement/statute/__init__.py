"""The law as dated tables: articles, periods, thresholds, the working calendar."""
