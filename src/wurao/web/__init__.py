"""The console and the subscriber's page: server-rendered, Chinese and English, usable without JavaScript."""
