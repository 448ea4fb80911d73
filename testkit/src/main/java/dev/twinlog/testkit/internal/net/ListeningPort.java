package dev.twinlog.testkit.internal.net;

import dev.twinlog.testkit.internal.kafka.LoopbackPort;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * A listening port that accepts the clients of one destination. While it is cut, connections to it
 * are refused. Confined to the relay's thread.
 *
 * <p>A single destination can be cut or frozen, and so can the whole relay: a destination is
 * reachable only if neither is.
 */
final class ListeningPort implements Relay.Ready {
  private final LoopbackPort port;
  private final BiConsumer<ListeningPort, SocketChannel> onAccepted;
  private @Nullable ServerSocketChannel listening;
  private boolean cut;
  private boolean frozenToCluster;
  private boolean frozenFromCluster;

  ListeningPort(LoopbackPort port, BiConsumer<ListeningPort, SocketChannel> onAccepted) {
    this.port = port;
    this.onAccepted = onAccepted;
  }

  InetSocketAddress address() {
    return port.socketAddress();
  }

  /** Refuses clients until {@link #heal()}. */
  void cut() {
    cut = true;
    shut();
  }

  void freeze(boolean towardsCluster) {
    frozenToCluster |= towardsCluster;
    frozenFromCluster |= !towardsCluster;
  }

  /** Whether this destination is frozen in that direction. */
  boolean isFrozen(boolean towardsCluster) {
    return towardsCluster ? frozenToCluster : frozenFromCluster;
  }

  /** Ends the cut and the freeze of this destination. */
  void heal() {
    cut = false;
    frozenToCluster = false;
    frozenFromCluster = false;
  }

  void open(Selector selector) {
    if (listening != null || cut) {
      return;
    }
    try {
      ServerSocketChannel channel = port.takeOver();
      listening = channel;
      channel.setOption(StandardSocketOptions.SO_RCVBUF, Connection.SOCKET_BUFFER);
      channel.configureBlocking(false);
      channel.register(selector, SelectionKey.OP_ACCEPT, this);
    } catch (IOException e) {
      shut();
      throw new UncheckedIOException("Listening at " + port.address(), e);
    }
  }

  @Override
  public void ready(SelectionKey key, long now) throws IOException {
    ServerSocketChannel channel = listening;
    if (channel == null) {
      return;
    }
    for (SocketChannel client = channel.accept(); client != null; client = channel.accept()) {
      onAccepted.accept(this, client);
    }
  }

  /** Gives the port up. */
  void close() {
    shut();
    port.close();
  }

  void shut() {
    if (listening != null) {
      Relay.closeQuietly(listening);
      listening = null;
    }
  }
}
