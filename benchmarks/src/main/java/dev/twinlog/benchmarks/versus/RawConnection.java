package dev.twinlog.benchmarks.versus;

import java.io.EOFException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;

/** A blocking connection to a broker, for requests and responses. Not thread-safe. */
final class RawConnection implements AutoCloseable {
  private final SocketChannel channel;
  private final ByteBuffer length = ByteBuffer.allocateDirect(Integer.BYTES);
  private final ByteBuffer frame;

  private RawConnection(SocketChannel channel, int largestFrame) {
    this.channel = channel;
    this.frame = ByteBuffer.allocateDirect(largestFrame);
  }

  static RawConnection to(String address, int largestFrame) throws IOException {
    int colon = address.lastIndexOf(':');
    SocketChannel channel =
        SocketChannel.open(
            new InetSocketAddress(
                address.substring(0, colon), Integer.parseInt(address.substring(colon + 1))));
    channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
    return new RawConnection(channel, largestFrame);
  }

  /** Writes a request, whose first buffer begins with room for its length. */
  void send(ByteBuffer[] request) throws IOException {
    long size = 0;
    for (ByteBuffer part : request) {
      size += part.remaining();
    }
    request[0].putInt(request[0].position(), Math.toIntExact(size - Integer.BYTES));
    for (long written = 0; written < size; ) {
      written += channel.write(request);
    }
  }

  /** Reads one answer, without its length; valid until the next call. */
  ByteBuffer receive() throws IOException {
    length.clear();
    fill(length);
    int size = length.getInt(0);
    if (size > frame.capacity()) {
      throw new IOException("An answer of " + size + " bytes is more than " + frame.capacity());
    }
    frame.clear().limit(size);
    fill(frame);
    return frame.flip();
  }

  private void fill(ByteBuffer buffer) throws IOException {
    while (buffer.hasRemaining()) {
      if (channel.read(buffer) < 0) {
        throw new EOFException("The broker closed the connection");
      }
    }
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
