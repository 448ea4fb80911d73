package dev.twinlog.testkit.internal.net;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.util.function.Consumer;

/**
 * A relayed connection: a client's socket and the socket to the cluster. Confined to the relay's
 * thread.
 */
final class Connection implements Relay.Ready {
  /**
   * Small, so that few bytes are in kernel buffers, where a cut, a freeze or a bandwidth limit
   * doesn't reach them.
   */
  static final int SOCKET_BUFFER = 256 * 1024;

  private static final int RESET = 0;

  private final SocketChannel client;
  private final SocketChannel cluster;
  private final SelectionKey clientKey;
  private final SelectionKey clusterKey;
  private final Pipe toCluster;
  private final Pipe fromCluster;
  private final Consumer<Connection> onClosed;
  private final ListeningPort listener;
  private boolean connected;

  private Connection(Setting setting, SocketChannel client, SocketChannel cluster)
      throws IOException {
    this.client = client;
    this.cluster = cluster;
    this.onClosed = setting.onClosed();
    this.listener = setting.listener();
    Line line = setting.line();
    // A TCP handshake over the link would take a round trip; on loopback it took none.
    long opensAt =
        System.nanoTime() + line.toCluster().delayNanos() + line.fromCluster().delayNanos();
    this.toCluster =
        new Pipe(
            line.toCluster(),
            line.blocks(),
            new Pipe.Ends(client, cluster, () -> listener.isFrozen(true)),
            opensAt,
            this::update);
    this.fromCluster =
        new Pipe(
            line.fromCluster(),
            line.blocks(),
            new Pipe.Ends(cluster, client, () -> listener.isFrozen(false)),
            opensAt,
            this::update);
    this.clientKey = client.register(setting.selector(), 0, this);
    this.clusterKey = cluster.register(setting.selector(), 0, this);
  }

  /**
   * Connects an accepted client to the destination; ends the client's connection if the destination
   * refuses.
   *
   * @throws IOException if no socket can be opened
   */
  static void open(Setting setting, SocketChannel client, InetSocketAddress destination)
      throws IOException {
    SocketChannel cluster = SocketChannel.open();
    Connection connection;
    try {
      prepare(client);
      prepare(cluster);
      cluster.setOption(StandardSocketOptions.SO_RCVBUF, SOCKET_BUFFER);
      connection = new Connection(setting, client, cluster);
    } catch (IOException e) {
      // The client has disconnected already.
      Relay.closeQuietly(cluster);
      Relay.closeQuietly(client);
      return;
    }
    setting.onOpened().accept(connection);
    connection.connect(destination);
  }

  private static void prepare(SocketChannel channel) throws IOException {
    channel.configureBlocking(false);
    channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
    channel.setOption(StandardSocketOptions.SO_SNDBUF, SOCKET_BUFFER);
  }

  private void connect(InetSocketAddress destination) {
    try {
      connected = cluster.connect(destination);
      if (!connected) {
        clusterKey.interestOps(SelectionKey.OP_CONNECT);
        return;
      }
    } catch (IOException e) {
      drop();
      return;
    }
    update();
  }

  @Override
  public void ready(SelectionKey key, long now) {
    if (key.isConnectable()) {
      try {
        connected = cluster.finishConnect();
      } catch (IOException e) {
        drop();
        return;
      }
    }
    Pipe incoming = key == clientKey ? toCluster : fromCluster;
    Pipe outgoing = key == clientKey ? fromCluster : toCluster;
    if (key.isReadable()) {
      incoming.readable(now);
    }
    if (key.isWritable()) {
      outgoing.writable();
    }
    update();
  }

  /** The port that accepted the client. */
  ListeningPort listener() {
    return listener;
  }

  /** Continues after a freeze. */
  void proceed(long now) {
    toCluster.proceed(now);
    fromCluster.proceed(now);
    update();
  }

  /** Updates the interest of the selector keys, or closes an ended connection. */
  private void update() {
    if (!connected || !client.isOpen()) {
      return;
    }
    if (toCluster.isReset() || fromCluster.isReset()) {
      drop();
    } else if (toCluster.isDone() && fromCluster.isDone()) {
      close();
    } else {
      clientKey.interestOps(interest(toCluster, fromCluster));
      clusterKey.interestOps(interest(fromCluster, toCluster));
    }
  }

  private static int interest(Pipe incoming, Pipe outgoing) {
    return (incoming.wantsToRead() ? SelectionKey.OP_READ : 0)
        | (outgoing.wantsToWrite() ? SelectionKey.OP_WRITE : 0);
  }

  /** Resets the client's connection and closes the one to the cluster; bytes in flight are lost. */
  void drop() {
    try {
      client.setOption(StandardSocketOptions.SO_LINGER, RESET);
    } catch (IOException e) {
      // It is broken already.
    }
    close();
  }

  private void close() {
    toCluster.drop();
    fromCluster.drop();
    Relay.closeQuietly(client);
    Relay.closeQuietly(cluster);
    onClosed.accept(this);
  }

  /** What all connections of a relay share, and the listener of this one. */
  record Setting(
      Selector selector,
      Line line,
      ListeningPort listener,
      Consumer<Connection> onOpened,
      Consumer<Connection> onClosed) {}
}
