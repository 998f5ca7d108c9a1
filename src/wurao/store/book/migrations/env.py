"""Alembic runs this with a connection that the book hands in; there is no alembic.ini."""

from alembic import context

from wurao.store.book.engine import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata, render_as_batch=True)
with context.begin_transaction():
    context.run_migrations()
