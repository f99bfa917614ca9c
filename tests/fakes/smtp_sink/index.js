'use strict';
// A real SMTP server for the tests: STARTTLS (or TLS at once), AUTH user/password, scripted replies,
// each accepted mail as a file. Its one promise: what it did not answer with 250 it did not keep.
//
//   node index.js --dir DIR [--script FILE] [--port N] [--tls starttls|implicit|none] [--no-auth]
//
// Prints "listening PORT" once it listens on 127.0.0.1. DIR gets ca.pem (its own self-signed
// certificate, for localhost and 127.0.0.1) and, for each mail, NNN.eml and NNN.json (envelope).
// FILE is read again for each message: its first line is the reply to the end of DATA and is taken
// off ("451 try later"); "ok" or an empty file accept. A line "rcpt 550 no such user" answers RCPT
// TO, "mail 451 greylisted" MAIL FROM, "connect 421 too busy" the greeting, "stall" never answers.
const fs = require('fs');
const path = require('path');
const {execFileSync} = require('child_process');
const {SMTPServer} = require('smtp-server');

function options(words) {
  const found = {port: 0, tls: 'starttls', auth: true, script: null, dir: null};
  for (let i = 0; i < words.length; i++) {
    if (words[i] === '--no-auth') found.auth = false;
    else if (['--dir', '--script', '--port', '--tls'].includes(words[i]) && i + 1 < words.length)
      found[words[i].slice(2)] = words[++i];
    else throw new Error(`unknown option ${words[i]}`);
  }
  if (!found.dir) throw new Error('--dir DIR is missing');
  return found;
}

function certificate(dir) {
  const key = path.join(dir, 'key.pem');
  const ca = path.join(dir, 'ca.pem');
  if (!fs.existsSync(ca))
    execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt',
      'ec_paramgen_curve:P-256', '-nodes', '-days', '30', '-subj', '/CN=localhost', '-addext',
      'subjectAltName=DNS:localhost,IP:127.0.0.1', '-keyout', key, '-out', ca], {stdio: 'ignore'});
  return {key: fs.readFileSync(key), cert: fs.readFileSync(ca)};
}

const chosen = options(process.argv.slice(2));
fs.mkdirSync(chosen.dir, {recursive: true});
const stages = ['connect', 'mail', 'rcpt'];

// The reply that the script has for this stage, taken off it; null: accept.
function scripted(stage) {
  if (!chosen.script || !fs.existsSync(chosen.script)) return null;
  const lines = fs.readFileSync(chosen.script, 'utf8').split('\n').filter((line) => line.trim());
  if (!lines.length) return null;
  const word = lines[0].split(' ')[0];
  if ((stages.includes(word) ? word : 'data') !== stage) return null;
  fs.writeFileSync(chosen.script, lines.slice(1).map((line) => line + '\n').join(''));
  return stages.includes(word) ? lines[0].slice(word.length + 1) : lines[0];
}

function answer(stage, callback, accepted) {
  const reply = scripted(stage);
  if (reply === 'stall') return;
  if (reply === null || reply === 'ok') return callback(null, accepted);
  const error = new Error(reply.slice(4) || 'refused');
  error.responseCode = Number(reply.slice(0, 3)) || 550;
  callback(error);
}

function keep(message, session) {
  const number = fs.readdirSync(chosen.dir).filter((name) => /^\d+\.eml$/.test(name)).length + 1;
  const stem = path.join(chosen.dir, String(number).padStart(3, '0'));
  const envelope = {
    from: session.envelope.mailFrom && session.envelope.mailFrom.address,
    to: session.envelope.rcptTo.map((recipient) => recipient.address),
    user: session.user || null,
    secure: session.secure,
    tls: session.tlsOptions ? session.tlsOptions.standardName || session.tlsOptions.name : null,
  };
  fs.writeFileSync(`${stem}.json`, JSON.stringify(envelope, null, 1) + '\n');
  fs.writeFileSync(`${stem}.part`, message);
  fs.renameSync(`${stem}.part`, `${stem}.eml`);  // whole or not there
}

const server = new SMTPServer({
  ...certificate(chosen.dir),
  secure: chosen.tls === 'implicit',
  hideSTARTTLS: chosen.tls === 'none',
  disabledCommands: [...(chosen.tls === 'none' ? ['STARTTLS'] : []),
    ...(chosen.auth ? [] : ['AUTH'])],
  hideSMTPUTF8: true,
  authOptional: !chosen.auth,
  allowInsecureAuth: chosen.tls === 'none',
  disableReverseLookup: true,
  closeTimeout: 1000,
  banner: 'smtp sink of the tests',
  onConnect(session, callback) { answer('connect', callback); },
  onAuth(auth, session, callback) {
    if (auth.username === 'user' && auth.password === 'password')
      return callback(null, {user: auth.username});
    callback(new Error('Invalid username or password'));
  },
  onMailFrom(address, session, callback) { answer('mail', callback); },
  onRcptTo(address, session, callback) { answer('rcpt', callback); },
  onData(stream, session, callback) {
    const pieces = [];
    stream.on('data', (piece) => pieces.push(piece));
    stream.on('end', () => answer('data', (error) => {
      if (!error) keep(Buffer.concat(pieces), session);
      callback(error, 'kept');
    }));
  },
});
server.on('error', (error) => console.error(`smtp sink: ${error.message}`));
server.listen(Number(chosen.port), '127.0.0.1', () =>
  console.log(`listening ${server.server.address().port}`));
for (const signal of ['SIGTERM', 'SIGINT'])
  process.on(signal, () => { server.close(); process.exit(0); });
