'use strict';
// Everything from the cluster is inserted as text: textContent and attributes, never markup.
const id = name => document.getElementById(name);
const SVG = 'http://www.w3.org/2000/svg';
const UNKNOWN = 'unknown';
const TONES = {
  UP: 'good', DEGRADED: 'fair', DOWN: 'bad',
  RUNNING: 'good', CONNECTING: 'fair', PAUSED: 'fair', STOPPING: 'fair', FENCED: 'bad', FAILED: 'bad',
  CAUGHT_UP: 'good', COPYING: 'good', RETRYING: 'fair', STOPPED: 'bad',
  EXACT: 'good', DIFFERENT: 'bad',
};

const known = value => value !== null && value !== undefined;
const count = value => known(value) ? Number(value).toLocaleString('en') : UNKNOWN;
const rate = value => known(value) ? Number(value).toLocaleString('en', {maximumFractionDigits: value < 10 ? 1 : 0}) : UNKNOWN;

function bytes(value) {
  if (!known(value)) return UNKNOWN;
  const units = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'];
  let unit = 0;
  for (; value >= 1000 && unit < units.length - 1; unit++) value /= 1000;
  return value.toLocaleString('en', {maximumFractionDigits: value < 10 && unit > 0 ? 1 : 0}) + ' ' + units[unit];
}

function span(millis) {
  if (!known(millis)) return UNKNOWN;
  if (millis < 1000) return Math.round(millis) + ' ms';
  const seconds = millis / 1000;
  if (seconds < 60) return seconds.toFixed(seconds < 10 ? 1 : 0) + ' s';
  if (seconds < 3600) return Math.floor(seconds / 60) + ' min ' + Math.floor(seconds % 60) + ' s';
  if (seconds < 86400) return Math.floor(seconds / 3600) + ' h ' + Math.floor(seconds % 3600 / 60) + ' min';
  return Math.floor(seconds / 86400) + ' d ' + Math.floor(seconds % 86400 / 3600) + ' h';
}

function time(instant) {
  if (!known(instant)) return UNKNOWN;
  const date = new Date(instant);
  const day = date.toDateString() === new Date().toDateString() ? '' : date.toLocaleDateString('sv') + ' ';
  return day + date.toLocaleTimeString('sv');
}

const states = byState => Object.entries(byState).map(([state, n]) => count(n) + ' ' + state).join(', ');

function element(name, text, ...classes) {
  const made = document.createElement(name);
  made.textContent = text;
  if (text === UNKNOWN) classes.push('unknown');
  for (const one of classes) if (one) made.classList.add(one);
  return made;
}

function pill(target, text) {
  target.textContent = text;
  target.className = 'pill ' + (TONES[text] || '');
}

// columns: [heading, cell of a row, class]; a row of a state gets its tone in the column "state"
function table(name, columns, rows, nothing) {
  const body = document.createDocumentFragment();
  if (rows.length === 0) {
    const row = document.createElement('tr');
    row.append(element('td', nothing, 'soft'));
    body.append(row);
  } else {
    const head = document.createElement('tr');
    for (const [heading, , ...classes] of columns) head.append(element('th', heading, ...classes));
    body.append(head);
    for (const one of rows) {
      const row = document.createElement('tr');
      for (const [, cell, ...classes] of columns) {
        const text = cell(one);
        row.append(element('td', text, TONES[text], ...classes));
      }
      body.append(row);
    }
  }
  id(name).replaceChildren(body);
}

function tiles(status) {
  const totals = status.totals;
  const all = [
    ['Records/s', rate(totals.recordsPerSecond)],
    ['Bytes/s', bytes(totals.bytesPerSecond)],
    ['Lag in records', count(totals.lagRecords)],
    ['Lag in time', span(totals.lagMillis)],
    ['Caught up in', totals.secondsToCatchUp === null ? UNKNOWN : span(totals.secondsToCatchUp * 1000)],
    ['Records copied', count(totals.recordsCopied)],
    ['Bytes copied', bytes(totals.bytesCopied)],
    ['Held back by transactions', count(totals.heldBack)],
    ['Retries', count(totals.retries)],
  ];
  id('tiles').replaceChildren(...all.map(([name, value]) => {
    const tile = document.createElement('div');
    const shown = element('dd', value);
    shown.dataset.tile = name;
    tile.append(element('dt', name), shown);
    return tile;
  }));
}

function curve(name, samples, column, format) {
  const svg = id(name);
  const figure = svg.parentElement;
  const values = samples.map(one => one[column]).filter(known);
  const top = Math.max(...values, 0);
  figure.querySelector('.top').textContent =
      values.length === 0 ? UNKNOWN : 'top ' + format(top) + (name === 'bytes' ? '/s' : '');
  if (samples.length === 0) return;
  const last = samples[samples.length - 1][0];
  const length = Math.max(60000, last - samples[0][0]);
  figure.querySelector('.from').textContent = span(length) + ' ago';
  let path = '';
  let open = false; // a gap where nothing is known
  for (const one of samples) {
    if (!known(one[column])) {
      open = false;
      continue;
    }
    const x = 600 - (last - one[0]) * 600 / length;
    const y = 86 - (top === 0 ? 0 : one[column] * 80 / top);
    path += (open ? 'L' : 'M') + x.toFixed(1) + ' ' + y.toFixed(1);
    open = true;
  }
  const drawn = document.createElementNS(SVG, 'path');
  drawn.setAttribute('d', path);
  svg.replaceChildren(drawn);
}

function show(status, history) {
  document.title = status.link + ': ' + status.state;
  id('link').textContent = status.link;
  pill(id('state'), status.state);
  pill(id('verdict'), status.health.verdict);
  id('reason').textContent = status.reason + ' (as of ' + time(status.asOf) + '; ' + status.health.verdict + ' since ' +
      time(status.health.since) + '; ' + status.deliveryGuarantee + ', ' + status.dataPath + ')';
  const reasons = [...status.health.reasons];
  if (status.dataPathReason) reasons.push('on the record path: ' + status.dataPathReason);
  if (status.throttle.holdingSince) {
    reasons.push('the throttle of ' + bytes(status.throttle.bytesPerSecond) + ' holds partitions back since ' +
        time(status.throttle.holdingSince));
  }
  if (status.selectedTopics) reasons.push('until its next start topics ' + status.selectedTopics);
  if (status.pausedTopics.length) reasons.push('paused topics: ' + status.pausedTopics.join(', '));
  if (status.lastError) reasons.push('last error: ' + status.lastError);
  id('reasons').replaceChildren(...reasons.map(text => element('li', text)));
  tiles(status);
  id('recordsNow').textContent = rate(status.totals.recordsPerSecond);
  id('bytesNow').textContent = bytes(status.totals.bytesPerSecond);
  curve('records', history.samples, 1, rate);
  curve('bytes', history.samples, 2, bytes);

  const shownTopics = status.topics.length;
  id('topicCount').textContent = count(status.totals.topics) +
      (shownTopics < status.totals.topics ? ', the ' + count(shownTopics) + ' that are furthest behind' : '');
  table('topics', [
    ['topic', one => one.topic, 'text'],
    ['lag in records', one => count(one.lagRecords), 'number'],
    ['lag in time', one => span(one.lagMillis), 'number'],
    ['records/s', one => rate(one.recordsPerSecond), 'number'],
    ['copied', one => count(one.recordsCopied), 'number', 'wide'],
    ['held back', one => count(one.heldBack), 'number', 'wide'],
    ['partitions', one => states(one.partitionsByState), 'text'],
  ], status.topics, 'No topics.');

  id('partitionCount').textContent = 'of ' + states(status.totals.partitionsByState);
  table('partitions', [
    ['partition', one => one.topic + '-' + one.partition, 'text'],
    ['state', one => one.state],
    ['lag in records', one => count(one.lagRecords), 'number'],
    ['lag in time', one => span(one.lagMillis), 'number'],
    ['position', one => count(one.sourcePosition), 'number', 'wide'],
    ['source end', one => count(one.sourceEnd), 'number', 'wide'],
    ['retries', one => count(one.retries), 'number', 'wide'],
    ['since', one => time(one.since), 'wide'],
    ['why', one => one.cause || one.reason, 'text'],
  ], status.partitions, 'No partitions.');

  const groups = status.groups;
  id('groupCount').textContent = [states(groups.byState), 'sync ' + (groups.sync || UNKNOWN),
    groups.asOf ? 'as of ' + time(groups.asOf) : ''].filter(text => text).join(', ');
  table('groups', [
    ['not in step', one => one.group, 'text'],
    ['state', one => one.state],
    ['why', one => one.reason, 'text'],
  ], groups.notInStep, groups.asOf ? 'All groups are in step.' : 'Not compared yet.');

  table('duties', [
    ['task', one => one.name],
    ['last success', one => one.lastSuccess ? time(one.lastSuccess) : 'none yet'],
    ['failures since', one => count(one.failures), 'number'],
    ['last error', one => one.lastError || '', 'text'],
  ], status.duties, 'None: the link has not connected yet.');

  table('move', [
    ['move', one => one.verb],
    ['phase', one => one.phase],
    ['by', one => one.actor, 'text'],
    ['begun', one => time(one.begunAt)],
    ['ended', one => one.endedAt ? time(one.endedAt) : 'not yet'],
    ['why', one => one.reason, 'text'],
  ], status.move ? [status.move] : [], 'The link was not moved.');

  table('verification', [
    ['last pass', one => one.lastVerdict || 'none yet'],
    ['begun', one => one.lastPassBegunAt ? time(one.lastPassBegunAt) : ''],
    ['partitions', one => count(one.partitions), 'number'],
    ['different', one => count(one.different), 'number'],
  ], status.verification ? [status.verification] : [], 'The link is not verified continuously.');

  table('notes', [
    ['about', one => one.about, 'text'],
    ['note', one => one.note, 'text'],
  ], status.notes, 'None.');

  table('events', [
    ['at', one => time(one.at)],
    ['event', one => one.event],
    ['', one => one.text + (one.more > 0 ? ' (and ' + count(one.more) + ' more like it)' : ''), 'text'],
  ], status.events, 'None since the page is served.');
}

let answeredAt = Date.now();
let updates = 0;

async function read(path) {
  const response = await fetch(path, {signal: AbortSignal.timeout(10000)});
  if (!response.ok) throw new Error(path + ' answered ' + response.status);
  return response.json();
}

async function update() {
  const most = id('most').value;
  try {
    const [status, history] = await Promise.all([read('/status?partitions=' + most), read('/history')]);
    show(status, history);
    answeredAt = Date.now();
    document.body.classList.remove('old');
    id('lost').hidden = true;
    document.documentElement.dataset.updates = String(++updates);
  } catch (failure) {
    document.body.classList.add('old');
    id('lost').textContent = 'No answer since ' + time(answeredAt) + ' (' + failure.message + '): what is shown is old.';
    id('lost').hidden = false;
  }
  return most === 'all' ? 5000 : 1000;
}

async function loop() {
  const wait = document.hidden ? 1000 : await update();
  setTimeout(loop, wait);
}

id('most').addEventListener('change', update);
loop();
