"""Stand-ins for the providers: SMTP, Twilio, Web Push, sign-in, Meta and Google, with a page.

They speak the real protocols, so production code reaches them by configuration alone. Everything
that arrives is kept and shown on one page; nothing leaves the machine.

    python -m infra.local.standins --inbox-port 8025 --smtp-port 1025 --data-dir .local/standins

Tests start them in their own process with `server.running_standins`.
"""
