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
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A port where clients come in for one destination. While it is shut nobody listens there, and
 * clients are refused. Confined to the relay's thread.
 */
final class Door implements Relay.Ready {
  private final LoopbackPort port;
  private final Consumer<SocketChannel> onAccepted;
  private @Nullable ServerSocketChannel listening;

  Door(LoopbackPort port, Consumer<SocketChannel> onAccepted) {
    this.port = port;
    this.onAccepted = onAccepted;
  }

  InetSocketAddress address() {
    return port.socketAddress();
  }

  void open(Selector selector) {
    if (listening != null) {
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
      onAccepted.accept(client);
    }
  }

  void shut() {
    if (listening != null) {
      Relay.closeQuietly(listening);
      listening = null;
    }
  }
}
