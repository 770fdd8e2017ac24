redis-cli -h cache incr migrations
