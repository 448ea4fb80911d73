package dev.twinlog.internal.kafka.wire.read;

import dev.twinlog.internal.kafka.wire.message.MessageReader;
import dev.twinlog.internal.kafka.wire.message.MessageWriter;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.WritableByteChannel;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.common.Uuid;

/**
 * A broker of one topic that answers fetches as scripted; without a script fetches wait. Each
 * connection has a thread.
 */
final class ScriptedBroker implements AutoCloseable {
  static final String TOPIC = "orders";
  static final int PARTITIONS = 4;

  /** The requested state of a partition. */
  record Asked(long offset, int leaderEpoch, int lastEpoch) {}

  /** A fetch as it arrived, partitions in their order. */
  record Fetch(
      int maxWaitMs,
      int maxBytes,
      int sessionId,
      int epoch,
      Map<Integer, Asked> wanted,
      List<Integer> forgotten,
      Uuid topicId) {}

  private final ServerSocket server;
  private final List<Thread> threads = new CopyOnWriteArrayList<>();
  private final List<Socket> sockets = new CopyOnWriteArrayList<>();
  private final BlockingQueue<MessageWriter> answers = new LinkedBlockingQueue<>();
  final List<Fetch> fetcher = new CopyOnWriteArrayList<>();
  final AtomicInteger metadataAsked = new AtomicInteger();
  volatile Uuid topicId = Uuid.randomUuid();
  volatile int leaderEpoch = 5;

  /** The brokers in its metadata: their ports by their ids. */
  volatile Map<Integer, Integer> known;

  /** The leader of all partitions in its metadata. */
  volatile int leader;

  /** The cluster id in its metadata. */
  volatile String clusterId = "cluster";

  /** Whether it accepts connections and does not answer. */
  volatile boolean silent;

  ScriptedBroker() throws IOException {
    this(1);
  }

  ScriptedBroker(int id) throws IOException {
    server = new ServerSocket(0, 10, InetAddress.getLoopbackAddress());
    known = Map.of(id, port());
    leader = id;
    start(this::accept);
  }

  private void start(Runnable work) {
    Thread thread = new Thread(work, "scripted-broker");
    threads.add(thread);
    thread.start();
  }

  int port() {
    return server.getLocalPort();
  }

  String address() {
    return "127.0.0.1:" + port();
  }

  /** Forgets the answers that no fetch has got yet. */
  void forgetAnswers() {
    answers.clear();
  }

  /** Answers the next fetch that has no answer yet. */
  void answer(MessageWriter body) {
    answers.add(body);
  }

  /** Closes all connections; new ones are accepted. */
  void dropConnections() throws IOException {
    for (Socket socket : sockets) {
      socket.close();
    }
  }

  private void accept() {
    try {
      while (true) {
        Socket socket = server.accept();
        sockets.add(socket);
        start(() -> run(socket));
      }
    } catch (IOException e) {
      // the test has closed it
    }
  }

  private void run(Socket socket) {
    try (socket) {
      serve(socket);
    } catch (IOException | InterruptedException e) {
      // the client or the test has closed it
    }
  }

  private void serve(Socket socket) throws IOException, InterruptedException {
    DataInputStream in = new DataInputStream(socket.getInputStream());
    OutputStream out = socket.getOutputStream();
    while (true) {
      byte[] request = new byte[size(in)];
      in.readFully(request);
      if (silent) {
        continue;
      }
      ByteBuffer buffer = ByteBuffer.wrap(request);
      short key = buffer.getShort();
      buffer.getShort();
      int correlation = buffer.getInt();
      buffer.position(buffer.position() + 2 + buffer.getShort(buffer.position()));
      MessageReader body = new MessageReader(buffer);
      body.skipTags();
      MessageWriter answer =
          switch (key) {
            case 18 -> versions();
            case 3 -> metadata();
            default -> {
              fetcher.add(fetch(body));
              yield answers.take();
            }
          };
      write(out, correlation, key == 18, answer);
    }
  }

  private static int size(DataInputStream in) throws IOException {
    try {
      return in.readInt();
    } catch (EOFException e) {
      throw new IOException("closed", e);
    }
  }

  private static void write(
      OutputStream out, int correlation, boolean oldHeader, MessageWriter body) throws IOException {
    long size = body.size() + (oldHeader ? 4 : 5);
    ByteBuffer header = ByteBuffer.allocate(oldHeader ? 8 : 9);
    header.putInt((int) size).putInt(correlation);
    WritableByteChannel channel = Channels.newChannel(out);
    channel.write(header.clear());
    for (ByteBuffer part : body.toBuffers()) {
      channel.write(part.duplicate());
    }
    out.flush();
  }

  private static MessageWriter versions() {
    MessageWriter out = new MessageWriter().int16(0).arrayOf(3);
    out.int16(1).int16(4).int16(17).noTags();
    out.int16(3).int16(0).int16(13).noTags();
    out.int16(18).int16(0).int16(4).noTags();
    return out.int32(0).noTags();
  }

  private MessageWriter metadata() {
    metadataAsked.incrementAndGet();
    MessageWriter out = new MessageWriter().int32(0).arrayOf(known.size());
    known.forEach(
        (id, port) -> out.int32(id).string("127.0.0.1").int32(port).string(null).noTags());
    out.string(clusterId).int32(1).arrayOf(1);
    out.int16(0).string(TOPIC).uuid(topicId).bool(false).arrayOf(PARTITIONS);
    for (int partition = 0; partition < PARTITIONS; partition++) {
      out.int16(0).int32(partition).int32(leader).int32(leaderEpoch);
      out.arrayOf(0).arrayOf(0).arrayOf(0).noTags();
    }
    return out.int32(0).noTags().noTags();
  }

  private static Fetch fetch(MessageReader in) {
    in.int32(); // replica
    int maxWait = in.int32();
    in.int32();
    int maxBytes = in.int32();
    in.int8();
    int sessionId = in.int32();
    int epoch = in.int32();
    Map<Integer, Asked> wanted = new LinkedHashMap<>();
    Uuid topicId = Uuid.ZERO_UUID;
    for (int topics = in.array(); topics > 0; topics--) {
      topicId = in.uuid();
      for (int left = in.array(); left > 0; left--) {
        int partition = in.int32();
        int leaderEpoch = in.int32();
        long offset = in.int64();
        wanted.put(partition, new Asked(offset, leaderEpoch, in.int32()));
        in.int64();
        in.int32();
        in.skipTags();
      }
      in.skipTags();
    }
    List<Integer> forgotten = new ArrayList<>();
    for (int topics = in.array(); topics > 0; topics--) {
      in.uuid();
      for (int left = in.array(); left > 0; left--) {
        forgotten.add(in.int32());
      }
      in.skipTags();
    }
    return new Fetch(maxWait, maxBytes, sessionId, epoch, wanted, forgotten, topicId);
  }

  @Override
  public void close() throws IOException, InterruptedException {
    server.close();
    for (Thread thread : threads) {
      thread.interrupt();
    }
    for (Socket socket : sockets) {
      socket.close();
    }
    for (Thread thread : threads) {
      thread.join();
    }
  }
}
