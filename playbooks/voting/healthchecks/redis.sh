#!/bin/sh
# Redis is well when it answers a ping.
[ "$(redis-cli -h 127.0.0.1 ping)" = PONG ]
