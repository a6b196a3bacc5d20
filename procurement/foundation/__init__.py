"""Words any system needs: clock, money, state tables, errors, labels, storage, database."""
