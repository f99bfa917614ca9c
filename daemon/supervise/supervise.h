// What systemd is told of a program: that it serves, that its loop still turns, that it reads its
// settings again, that it ends. Nothing happens where nobody supervises ($NOTIFY_SOCKET).
#pragma once

namespace supervise {

void serving();    // whoever comes now is served; also the end of reloading
void reloading();  // serving() follows, whether the new settings were taken or not
void stopping();   // what is in hand is finished, nothing new is begun

// Called by the loop itself, once a turn, and by nothing else: when the loop hangs, systemd's
// watchdog ends the program and starts it again. Cheap.
void turned();

}  // namespace supervise
