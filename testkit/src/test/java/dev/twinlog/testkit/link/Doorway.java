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

/** An address that leads to one cluster's first broker, and later to another one's. */
final class Doorway implements AutoCloseable {
  private final ServerSocket door;
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();
  private volatile int port;

  Doorway(TestKafka cluster) throws IOException {
    door = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    leadTo(cluster);
    begin(this::accept);
  }

  /** From now on it leads there, and what was open is cut off. */
  void leadTo(TestKafka cluster) {
    String first = cluster.bootstrapServers().split(",", -1)[0];
    port = Integer.parseInt(first.substring(first.lastIndexOf(':') + 1));
    open.forEach(Doorway::close);
  }

  /** What a client needs to connect through it. */
  Map<String, String> clientProperties(TestKafka cluster) {
    Map<String, String> properties = new HashMap<>(cluster.clientProperties());
    properties.put("bootstrap.servers", "127.0.0.1:" + door.getLocalPort());
    return properties;
  }

  private static void begin(Runnable task) {
    Thread thread = new Thread(task, "doorway");
    thread.setDaemon(true);
    thread.start();
  }

  private void accept() {
    while (!door.isClosed()) {
      try {
        Socket in = door.accept();
        open.add(in);
        Socket out;
        try {
          out = new Socket(InetAddress.getLoopbackAddress(), port);
        } catch (IOException e) {
          close(in); // nobody is there
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
    door.close();
    open.forEach(Doorway::close);
  }
}
