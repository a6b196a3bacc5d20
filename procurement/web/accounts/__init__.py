"""Accounts as their people see them: signing in, one's own account, the tray; and the administrators' pages."""
