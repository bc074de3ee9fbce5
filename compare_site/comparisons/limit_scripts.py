"""What the limiter keeps in Valkey, and the scripts that change it: each decides and records in one step.

Of a bucket: ``:q`` who waits (score: arrival), ``:h`` who holds a slot (score: start), ``:w`` and ``:t`` the calls of
the last minute (score: start) and their tokens, ``:s`` the sum of those, the last start, the pause, and how long a slot
is held on average. ``alive`` says until when the word of a ticket holds: whoever does not renew it loses place and
slot. Times are Valkey's own clock in ms. A ticket passes all of its buckets or none.
"""

PREFIX = "limit:{touchstone}:"
ALIVE, META, PAUSES = f"{PREFIX}alive", f"{PREFIX}meta", f"{PREFIX}pauses"
KEPT_MS = 3_600_000
"""How long what is known of a bucket outlives its last use; longer than any window, pause or run."""

_CLOCK = (
    f"local kept = {KEPT_MS}"
    + """
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local function number(value) return tonumber(value or '') end
local function keep(base)
  for _, part in ipairs({':q', ':h', ':w', ':t', ':s'}) do redis.call('PEXPIRE', base .. part, kept) end
end
"""
)

_RECORD = """
local function record(base, ticket, at, tokens, windowed, slot)
  if windowed and redis.call('ZADD', base .. ':w', 'NX', at, ticket) == 1 then
    redis.call('HSET', base .. ':t', ticket, tokens)
    redis.call('HINCRBY', base .. ':s', 'sum', tokens)
  end
  if slot then redis.call('ZADD', base .. ':h', 'NX', at, ticket) end
end
"""

_LOAD = """
local function sum_after(base, old)
  local gone = 0
  for _, ticket in ipairs(redis.call('ZRANGEBYSCORE', base .. ':w', '-inf', old)) do
    gone = gone + (number(redis.call('HGET', base .. ':t', ticket)) or 0)
    redis.call('HDEL', base .. ':t', ticket)
    redis.call('ZREM', base .. ':w', ticket)
  end
  if gone ~= 0 then redis.call('HINCRBY', base .. ':s', 'sum', -gone) end
  return number(redis.call('HGET', base .. ':s', 'sum')) or 0
end
local function lives(ticket) return (number(redis.call('ZSCORE', KEYS[1], ticket)) or 0) > now end
local function held(base)
  for _, ticket in ipairs(redis.call('ZRANGE', base .. ':h', 0, -1)) do
    if not lives(ticket) then redis.call('ZREM', base .. ':h', ticket) end
  end
  return redis.call('ZCARD', base .. ':h')
end
"""

ASK = (
    _CLOCK
    + _RECORD
    + _LOAD
    + """
-- KEYS: alive, meta, buckets. ARGV: ticket, arrival or '', tokens, lease, epoch known or '', epoch if there is none,
-- settling time, minute, pace, pacing time, channel, news; of each bucket: requests, tokens, slots, stagger, counted.
local ticket, tokens, minute = ARGV[1], tonumber(ARGV[3]), tonumber(ARGV[8])
local pace, pacing = tonumber(ARGV[9]), tonumber(ARGV[10])
local epoch, arrival = redis.call('HGET', KEYS[2], 'epoch'), number(ARGV[2])
if not epoch then
  epoch = ARGV[6]
  redis.call('HSET', KEYS[2], 'epoch', epoch)
  -- Others hold slots that are not known here any more: they have a moment to say so.
  if ARGV[5] ~= '' then redis.call('HSET', KEYS[2], 'settle', now + tonumber(ARGV[7])) end
end
local settle = number(redis.call('HGET', KEYS[2], 'settle')) or 0
if not arrival then
  local last = number(redis.call('HGET', KEYS[2], 'arrival')) or 0
  arrival = math.max(last + 1, tonumber(time[1]) * 1000000 + tonumber(time[2]))
  redis.call('HSET', KEYS[2], 'arrival', string.format('%.0f', arrival))
end
local arrived = string.format('%.0f', arrival)
redis.call('ZADD', KEYS[1], now + tonumber(ARGV[4]), ticket)

local buckets, granted = {}, false
for i = 3, #KEYS do
  local base, at = KEYS[i], 13 + (i - 3) * 5
  local state = redis.call('HMGET', base .. ':s', 'last', 'pause', 'paced', 'average', 'by')
  local b = {base = base, rpm = number(ARGV[at]), tpm = number(ARGV[at + 1]), slots = number(ARGV[at + 2]),
    stagger = number(ARGV[at + 3]), counted = ARGV[at + 4] == '1', last = number(state[1]) or 0,
    pause = number(state[2]) or 0, paced = (number(state[3]) or 0) > now, average = number(state[4])}
  if b.paced then b.stagger = math.max(b.stagger or 0, pace) end
  b.blocks = b.rpm or b.tpm or b.slots or b.stagger or b.pause > now
  -- The answer to an earlier question may have been lost.
  if state[5] == ticket or redis.call('ZSCORE', base .. ':h', ticket) or redis.call('ZSCORE', base .. ':w', ticket) then
    granted = true
  end
  buckets[#buckets + 1] = b
end
if granted then return {1, arrived, 0, 0, '', epoch} end

-- What follows answers: how long until this bucket lets the call pass behind so many others; -1 = nobody knows.
local function until_slot(b, ahead)
  local count = held(b.base)
  local over = count + ahead + 1 - b.slots
  local rest = math.max(0, settle - now)
  if over <= 0 then return rest end
  if not b.average then return -1 end
  local start = redis.call('ZRANGE', b.base .. ':h', (over - 1) % b.slots, (over - 1) % b.slots, 'WITHSCORES')
  local first = start[2] and math.max(1, tonumber(start[2]) + b.average - now) or 1
  return math.max(rest, first + math.floor((over - 1) / b.slots) * b.average)
end
local function until_request(b, ahead)
  local over = redis.call('ZCARD', b.base .. ':w') + ahead + 1 - b.rpm
  if over <= 0 then return 0 end
  local rounds = math.floor((over - 1) / b.rpm)
  local entry = redis.call('ZRANGE', b.base .. ':w', (over - 1) % b.rpm, (over - 1) % b.rpm, 'WITHSCORES')
  return math.max(1, (entry[2] and tonumber(entry[2]) or now) + minute - now + rounds * minute)
end
local function until_tokens(b, ahead, sum)
  -- More than the whole minute holds passes when nothing else is in it.
  local cost = math.min(math.max(tokens, 1), b.tpm)
  local over = sum + cost * (ahead + 1) - b.tpm
  if over <= 0 then return 0 end
  local freed = 0
  for _, each in ipairs(redis.call('ZRANGE', b.base .. ':w', 0, 999)) do
    freed = freed + (number(redis.call('HGET', b.base .. ':t', each)) or 0)
    if freed >= over then return math.max(1, tonumber(redis.call('ZSCORE', b.base .. ':w', each)) + minute - now) end
  end
  return minute + math.floor((over - freed) / b.tpm) * minute
end
local function waits(b, ahead, sum)
  local found = {}
  if b.pause > now then found[#found + 1] = {b.pause - now + ahead * pace, 'paused'} end
  if b.slots then found[#found + 1] = {until_slot(b, ahead), 'in_flight'} end
  if b.rpm then found[#found + 1] = {until_request(b, ahead), 'requests'} end
  if b.tpm then found[#found + 1] = {until_tokens(b, ahead, sum), 'tokens'} end
  if b.stagger then
    found[#found + 1] = {math.max(0, b.last + b.stagger - now) + ahead * b.stagger, b.paced and 'paused' or 'stagger'}
  end
  return found
end

local position, delay, reason, blocked = 1, 0, '', false
for _, b in ipairs(buckets) do
  local sum = (b.rpm or b.tpm or b.counted) and sum_after(b.base, now - minute) or 0
  if b.blocks then
    local queue = b.base .. ':q'
    local head = redis.call('ZRANGE', queue, 0, 0)[1]
    while head and not lives(head) do
      redis.call('ZREM', queue, head)
      head = redis.call('ZRANGE', queue, 0, 0)[1]
    end
    local ahead = redis.call('ZCOUNT', queue, '-inf', '(' .. arrived)
    position = math.max(position, ahead + 1)
    blocked = blocked or ahead > 0
    for _, wait in ipairs(waits(b, ahead, sum)) do
      local longer = wait[1] == -1 or (delay ~= -1 and wait[1] > delay)
      if wait[1] ~= 0 then blocked = true end
      if reason == '' or longer then delay, reason = wait[1], wait[2] end
    end
  end
end
local others = false
for _, b in ipairs(buckets) do
  if blocked then
    if b.blocks then redis.call('ZADD', b.base .. ':q', arrived, ticket) end
  else
    redis.call('ZREM', b.base .. ':q', ticket)
    record(b.base, ticket, now, tokens, b.rpm or b.tpm or b.counted, b.slots or b.counted)
    redis.call('HSET', b.base .. ':s', 'last', now, 'by', ticket)
    local waiting = redis.call('ZCARD', b.base .. ':q') > 0
    if b.paced and waiting then redis.call('HSET', b.base .. ':s', 'paced', now + pacing) end
    others = others or waiting
  end
  keep(b.base)
end
if blocked then return {0, arrived, position, math.ceil(delay), reason, epoch} end
if others then redis.call('PUBLISH', ARGV[11], ARGV[12]) end
return {1, arrived, 0, 0, '', epoch}
"""
)

RELEASE = (
    _CLOCK
    + """
-- KEYS: alive, buckets. ARGV: ticket, tokens used or '', channel, news.
local ticket, used, others = ARGV[1], number(ARGV[2]), false
redis.call('ZREM', KEYS[1], ticket)
for i = 2, #KEYS do
  local base = KEYS[i]
  redis.call('ZREM', base .. ':q', ticket)
  local start = number(redis.call('ZSCORE', base .. ':h', ticket))
  if start then
    redis.call('ZREM', base .. ':h', ticket)
    local average = number(redis.call('HGET', base .. ':s', 'average'))
    local lasted = now - start
    redis.call('HSET', base .. ':s', 'average', math.floor(average and average * 0.7 + lasted * 0.3 or lasted))
  end
  local estimate = used and number(redis.call('HGET', base .. ':t', ticket))
  if estimate then
    redis.call('HSET', base .. ':t', ticket, used)
    redis.call('HINCRBY', base .. ':s', 'sum', used - estimate)
  end
  others = others or redis.call('ZCARD', base .. ':q') > 0
  keep(base)
end
if others then redis.call('PUBLISH', ARGV[3], ARGV[4]) end
return 1
"""
)

RENEW = (
    _CLOCK
    + """
-- KEYS: alive, meta. ARGV: lease, tickets. Answers the epoch, '' if everything is lost.
for i = 2, #ARGV do redis.call('ZADD', KEYS[1], now + tonumber(ARGV[1]), ARGV[i]) end
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - 60000)
return redis.call('HGET', KEYS[2], 'epoch') or ''
"""
)

REGISTER = (
    _CLOCK
    + _RECORD
    + """
-- What Valkey has lost of a call that was admitted. KEYS: alive, buckets. ARGV: ticket, age, tokens, lease, whether it
-- still runs; then of each bucket: whether it counts the minute, whether it has slots.
local ticket, at, runs = ARGV[1], now - tonumber(ARGV[2]), ARGV[5] == '1'
if runs then redis.call('ZADD', KEYS[1], now + tonumber(ARGV[4]), ticket) end
for i = 2, #KEYS do
  local n = 6 + (i - 2) * 2
  record(KEYS[i], ticket, at, tonumber(ARGV[3]), ARGV[n] == '1', runs and ARGV[n + 1] == '1')
  local last = number(redis.call('HGET', KEYS[i] .. ':s', 'last')) or 0
  if at > last then redis.call('HSET', KEYS[i] .. ':s', 'last', at) end
  keep(KEYS[i])
end
return 1
"""
)

PAUSE = (
    _CLOCK
    + """
-- KEYS: pauses, buckets. ARGV: ms, pacing time, channel, news, names.
local till = now + tonumber(ARGV[1])
for i = 2, #KEYS do
  local state = KEYS[i] .. ':s'
  local longest = math.max(till, number(redis.call('HGET', state, 'pause')) or 0)
  redis.call('HSET', state, 'pause', longest, 'paced', longest + tonumber(ARGV[2]))
  redis.call('ZADD', KEYS[1], longest + tonumber(ARGV[2]), ARGV[3 + i])
  keep(KEYS[i])
end
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
redis.call('PUBLISH', ARGV[3], ARGV[4])
return 1
"""
)

PAUSED = (
    _CLOCK
    + """
-- KEYS: pauses. Answers names and how many ms they are still to be asked for.
local found = {}
local known = redis.call('ZRANGEBYSCORE', KEYS[1], now, '+inf', 'WITHSCORES')
for i = 1, #known, 2 do
  found[#found + 1] = known[i]
  found[#found + 1] = tonumber(known[i + 1]) - now
end
return found
"""
)

LOADS = (
    _CLOCK
    + _LOAD
    + """
-- KEYS: alive, buckets. ARGV: minute.
local found = {}
for i = 2, #KEYS do
  local sum = sum_after(KEYS[i], now - tonumber(ARGV[1]))
  found[#found + 1] = held(KEYS[i])
  found[#found + 1] = redis.call('ZCARD', KEYS[i] .. ':w')
  found[#found + 1] = sum
end
return found
"""
)


def base_of(name: str) -> str:
    """Where the keys of a bucket begin."""
    return PREFIX + name
