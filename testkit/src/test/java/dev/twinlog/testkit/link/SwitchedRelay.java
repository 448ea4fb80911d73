package dev.twinlog.testkit.link;

import dev.twinlog.testkit.TestKafka;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A TCP relay on loopback whose destination, the first broker of a cluster, can be switched to
 * another cluster.
 */
final class SwitchedRelay implements AutoCloseable {
  private final ServerSocket server;
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();
  private volatile int port;

  SwitchedRelay(TestKafka cluster) throws IOException {
    server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    switchTo(cluster);
    begin(this::accept);
  }

  /** Relays new connections to this cluster and closes the open ones. */
  void switchTo(TestKafka cluster) {
    String first = cluster.bootstrapServers().split(",", -1)[0];
    port = Integer.parseInt(first.substring(first.lastIndexOf(':') + 1));
    open.forEach(SwitchedRelay::close);
  }

  /** The settings of a client that connects through the relay. */
  Map<String, String> clientProperties(TestKafka cluster) {
    Map<String, String> properties = new HashMap<>(cluster.clientProperties());
    properties.put("bootstrap.servers", "127.0.0.1:" + server.getLocalPort());
    return properties;
  }

  private static void begin(Runnable task) {
    Thread thread = new Thread(task, "switched-relay");
    thread.setDaemon(true);
    thread.start();
  }

  private void accept() {
    while (!server.isClosed()) {
      try {
        Socket in = server.accept();
        open.add(in);
        Socket out;
        try {
          out = new Socket(InetAddress.getLoopbackAddress(), port);
        } catch (IOException e) {
          close(in); // nothing listens there
          continue;
        }
        open.add(out);
        begin(() -> pass(in, out));
        begin(() -> pass(out, in));
      } catch (IOException e) {
        return; // closed
      }
    }
  }

  private void pass(Socket from, Socket to) {
    try {
      from.getInputStream().transferTo(to.getOutputStream());
    } catch (IOException e) {
      // the other side has gone
    } finally {
      close(from);
      close(to);
      open.remove(from);
      open.remove(to);
    }
  }

  private static void close(Socket socket) {
    try {
      socket.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() throws IOException {
    server.close();
    open.forEach(SwitchedRelay::close);
  }
}
