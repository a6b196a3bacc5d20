"""The talks of 磋商, 谈判 and 单一来源: meetings with each bidder alone, changed terms, final offers and their opening."""
