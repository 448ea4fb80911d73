package dev.twinlog.testkit;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A TCP server with a thread for each connection, which echoes, reads or ignores the bytes it
 * receives.
 */
final class Peer implements AutoCloseable {
  private final ServerSocket listening;
  private final Thread acceptor;
  private final Conversation conversation;
  private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
  private final AtomicLong received = new AtomicLong();
  private final AtomicInteger ended = new AtomicInteger();

  private Peer(Conversation conversation) throws IOException {
    this.conversation = conversation;
    listening = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    acceptor = start(this::acceptAll);
  }

  /** Echoes all bytes. */
  static Peer echo() throws IOException {
    return new Peer(
        (peer, socket) -> {
          byte[] buffer = new byte[65_536];
          for (int n = read(peer, socket, buffer); n >= 0; n = read(peer, socket, buffer)) {
            socket.getOutputStream().write(buffer, 0, n);
          }
          socket.shutdownOutput();
        });
  }

  /** Reads all bytes and sends none. */
  static Peer silent() throws IOException {
    return new Peer(
        (peer, socket) -> {
          byte[] buffer = new byte[65_536];
          while (read(peer, socket, buffer) >= 0) {}
        });
  }

  /** Reads no bytes. */
  static Peer deaf() throws IOException {
    return new Peer((peer, socket) -> {});
  }

  InetSocketAddress address() {
    return (InetSocketAddress) listening.getLocalSocketAddress();
  }

  /** How many bytes it has read on all connections. */
  long received() {
    return received.get();
  }

  /** How many connections have ended, for any reason. */
  int ended() {
    return ended.get();
  }

  private static int read(Peer peer, Socket socket, byte[] buffer) throws IOException {
    int count = socket.getInputStream().read(buffer);
    peer.received.addAndGet(Math.max(count, 0));
    return count;
  }

  private void acceptAll() {
    try {
      while (true) {
        Socket socket = listening.accept();
        sockets.add(socket);
        start(() -> talk(socket));
      }
    } catch (IOException e) {
      // It was closed.
    }
  }

  private void talk(Socket socket) {
    try {
      conversation.hold(this, socket);
    } catch (IOException e) {
      // A connection broken by the link ends this way.
    }
    ended.incrementAndGet();
  }

  private static Thread start(Runnable work) {
    Thread thread = new Thread(work, "peer");
    thread.setDaemon(true);
    thread.start();
    return thread;
  }

  /** Closes all connections and accepts no more. Idempotent. */
  @Override
  public void close() throws IOException {
    listening.close();
    try {
      // A thread in accept() keeps the port open and may still accept a connection.
      acceptor.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    for (Socket socket : sockets) {
      socket.close();
    }
  }

  private interface Conversation {
    void hold(Peer peer, Socket socket) throws IOException;
  }
}
