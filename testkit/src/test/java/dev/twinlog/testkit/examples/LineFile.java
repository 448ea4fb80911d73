package dev.twinlog.testkit.examples;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Reads the lines of one file in order and remembers the byte positions of the next line and of the
 * end, so that each complete line is read twice: once to count it, and once to return it. Not
 * thread-safe.
 */
final class LineFile implements AutoCloseable {
  private static final int CHUNK = 64 * 1024;

  private final FileChannel channel;

  /** The next line, and the byte that it begins at. */
  private long next;

  private long nextByte;

  /** The number of lines that were counted so far, and the byte after the last of them. */
  private long end;

  private long endByte;

  LineFile(Path path) throws IOException {
    this.channel = FileChannel.open(path);
  }

  /** The number of the next line. */
  long next() {
    return next;
  }

  /** The number of lines that the file has now; reads only what is behind those counted. */
  long end() throws IOException {
    if (channel.size() < endByte) { // lines are gone: counts what is left
      end = 0;
      endByte = 0;
    }
    byte[] chunk = chunk(endByte, CHUNK);
    for (long from = endByte; chunk.length > 0; chunk = chunk(from, CHUNK)) {
      for (int i = 0; i < chunk.length; i++) {
        if (chunk[i] == '\n') {
          end++;
          endByte = from + i + 1;
        }
      }
      from += chunk.length;
    }
    return end;
  }

  /** Moves to a line; false, and at the end, if the file has fewer lines. */
  boolean seek(long line) throws IOException {
    while (next < line) {
      List<byte[]> lines = read((int) Math.min(line - next, Integer.MAX_VALUE));
      if (lines.isEmpty()) {
        return false;
      }
    }
    return true;
  }

  /** The next lines, about 64 KiB of them; none at the end of the file. */
  List<byte[]> read() throws IOException {
    return read(Integer.MAX_VALUE);
  }

  private List<byte[]> read(int atMost) throws IOException {
    List<byte[]> lines = new ArrayList<>();
    for (int size = CHUNK; lines.isEmpty(); size = Math.multiplyExact(size, 2)) {
      byte[] chunk = chunk(nextByte, size);
      int from = 0;
      for (int i = 0; i < chunk.length && lines.size() < atMost; i++) {
        if (chunk[i] == '\n') {
          lines.add(Arrays.copyOfRange(chunk, from, i));
          from = i + 1;
        }
      }
      nextByte += from;
      next += lines.size();
      if (chunk.length < size) {
        break; // the file ends here; else a line is longer than the chunk
      }
    }
    return lines;
  }

  private byte[] chunk(long position, int size) throws IOException {
    int available = (int) Math.min(size, Math.max(0, channel.size() - position));
    ByteBuffer buffer = ByteBuffer.allocate(available);
    while (buffer.hasRemaining() && channel.read(buffer, position + buffer.position()) > 0) {
      // reads on
    }
    return Arrays.copyOf(buffer.array(), buffer.position());
  }

  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
