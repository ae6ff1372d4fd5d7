// Loaded before Portkey's gateway (`node --require`): it has no option for the address, and would listen on all of them.
// Changes nothing else.
"use strict";
const net = require("node:net");

const listen = net.Server.prototype.listen;
net.Server.prototype.listen = function (port, ...rest) {
  if (typeof port !== "number") return listen.call(this, port, ...rest);
  const listening = rest.find((each) => typeof each === "function");
  return listen.call(this, { port, host: "127.0.0.1" }, listening);
};
