"""Customer groups (客户群): members, questions, programmes, figures."""
