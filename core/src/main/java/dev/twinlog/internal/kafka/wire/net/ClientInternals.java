package dev.twinlog.internal.kafka.wire.net;

import dev.twinlog.internal.kafka.cluster.ClientLibrary;
import java.io.IOException;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.net.InetSocketAddress;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.ClientUtils;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.memory.MemoryPool;
import org.apache.kafka.common.metrics.Metrics;
import org.apache.kafka.common.network.ByteBufferSend;
import org.apache.kafka.common.network.ChannelBuilder;
import org.apache.kafka.common.network.ChannelState;
import org.apache.kafka.common.network.KafkaChannel;
import org.apache.kafka.common.network.NetworkReceive;
import org.apache.kafka.common.network.NetworkSend;
import org.apache.kafka.common.network.Selector;
import org.apache.kafka.common.network.Send;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.utils.Time;
import org.jspecify.annotations.Nullable;

/**
 * Gives access to the classes of kafka-clients beyond its public API, looked up once: from 3.9 to
 * 4.4 only {@code LogContext} moved to another package, and with it changed the signatures that
 * name it.
 *
 * <p>Thread-safe.
 */
public final class ClientInternals {
  private static final List<String> LOG_CONTEXTS =
      List.of(
          "org.apache.kafka.common.utils.LogContext",
          "org.apache.kafka.common.utils.internals.LogContext");

  private static final ClientInternals LINKS = new ClientInternals();

  private final @Nullable MethodHandle newLogContext;
  private final @Nullable MethodHandle newChannelBuilder;
  private final @Nullable MethodHandle newSelector;
  private final @Nullable String problem;

  private ClientInternals() {
    MethodHandle logContext = null;
    MethodHandle channelBuilder = null;
    MethodHandle selector = null;
    String wrong = null;
    try {
      MethodHandles.Lookup lookup = MethodHandles.publicLookup();
      Class<?> type = logContextClass();
      logContext = lookup.findConstructor(type, MethodType.methodType(void.class, String.class));
      channelBuilder =
          lookup.findStatic(
              ClientUtils.class,
              "createChannelBuilder",
              MethodType.methodType(ChannelBuilder.class, AbstractConfig.class, Time.class, type));
      selector = lookup.findConstructor(Selector.class, selectorType(type));
      checkTheRest(lookup);
    } catch (ReflectiveOperationException | LinkageError e) {
      wrong =
          "the network classes of kafka-clients %s are not those that the batch path was built for: %s"
              .formatted(ClientLibrary.version(), e);
    }
    this.newLogContext = logContext;
    this.newChannelBuilder = channelBuilder;
    this.newSelector = selector;
    this.problem = wrong;
  }

  private static Class<?> logContextClass() throws ClassNotFoundException {
    ClassNotFoundException missing = null;
    for (String name : LOG_CONTEXTS) {
      try {
        return Class.forName(name);
      } catch (ClassNotFoundException e) {
        missing = e;
      }
    }
    throw new ClassNotFoundException("LogContext", missing);
  }

  private static MethodType selectorType(Class<?> logContext) {
    return MethodType.methodType(
        void.class,
        int.class,
        long.class,
        int.class,
        Metrics.class,
        Time.class,
        String.class,
        Map.class,
        boolean.class,
        boolean.class,
        ChannelBuilder.class,
        MemoryPool.class,
        logContext);
  }

  /**
   * Checks all other calls: they were compiled, but possibly against another version of
   * kafka-clients.
   */
  private static void checkTheRest(MethodHandles.Lookup lookup)
      throws ReflectiveOperationException {
    lookup.findVirtual(
        Selector.class,
        "connect",
        MethodType.methodType(
            void.class, String.class, InetSocketAddress.class, int.class, int.class));
    lookup.findVirtual(
        Selector.class, "send", MethodType.methodType(void.class, NetworkSend.class));
    lookup.findVirtual(Selector.class, "poll", MethodType.methodType(void.class, long.class));
    lookup.findVirtual(Selector.class, "close", MethodType.methodType(void.class, String.class));
    lookup.findVirtual(
        Selector.class, "isChannelReady", MethodType.methodType(boolean.class, String.class));
    lookup.findVirtual(Selector.class, "wakeup", MethodType.methodType(void.class));
    lookup.findVirtual(Selector.class, "completedSends", MethodType.methodType(List.class));
    lookup.findVirtual(
        Selector.class, "completedReceives", MethodType.methodType(Collection.class));
    lookup.findVirtual(Selector.class, "disconnected", MethodType.methodType(Map.class));
    lookup.findVirtual(
        Selector.class, "channel", MethodType.methodType(KafkaChannel.class, String.class));
    lookup.findVirtual(
        KafkaChannel.class, "currentReceive", MethodType.methodType(NetworkReceive.class));
    lookup.findVirtual(NetworkReceive.class, "bytesRead", MethodType.methodType(int.class));
    lookup.findVirtual(ByteBufferSend.class, "remaining", MethodType.methodType(long.class));
    lookup.findVirtual(NetworkReceive.class, "source", MethodType.methodType(String.class));
    lookup.findVirtual(
        NetworkReceive.class, "payload", MethodType.methodType(java.nio.ByteBuffer.class));
    lookup.findConstructor(
        NetworkSend.class, MethodType.methodType(void.class, String.class, Send.class));
    lookup.findVirtual(NetworkSend.class, "destinationId", MethodType.methodType(String.class));
    lookup.findConstructor(
        ByteBufferSend.class, MethodType.methodType(void.class, java.nio.ByteBuffer[].class));
    lookup.findVirtual(
        ChannelState.class, "exception", MethodType.methodType(authenticationException()));
    lookup.findStatic(Errors.class, "forCode", MethodType.methodType(Errors.class, short.class));
  }

  private static Class<?> authenticationException() {
    return org.apache.kafka.common.errors.AuthenticationException.class;
  }

  /** Why the batch path can't be used with the kafka-clients on the class path, if so. */
  public static Optional<String> problem() {
    return Optional.ofNullable(LINKS.problem);
  }

  /**
   * Creates a selector for connections with the settings of {@code config}.
   *
   * @param pool allocates the buffers that responses are received into
   */
  static Selector selector(AdminClientConfig config, Metrics metrics, MemoryPool pool, String name)
      throws IOException {
    String problem = LINKS.problem;
    if (problem != null) {
      throw new IOException(problem);
    }
    ChannelBuilder channels = null;
    try {
      Object log = call(LINKS.newLogContext, "[twinlog " + name + "] ");
      channels = (ChannelBuilder) call(LINKS.newChannelBuilder, config, Time.SYSTEM, log);
      return (Selector)
          call(
              LINKS.newSelector,
              NetworkReceive.UNLIMITED,
              config.getLong(AdminClientConfig.CONNECTIONS_MAX_IDLE_MS_CONFIG),
              Selector.NO_FAILED_AUTHENTICATION_DELAY,
              metrics,
              Time.SYSTEM,
              "twinlog",
              Map.of(),
              false,
              false,
              channels,
              pool,
              log);
    } catch (IOException | RuntimeException e) {
      if (channels != null) {
        channels.close();
      }
      throw e;
    }
  }

  private static Object call(@Nullable MethodHandle method, Object... arguments)
      throws IOException {
    if (method == null) {
      throw new IOException("kafka-clients could not be linked");
    }
    try {
      return method.invokeWithArguments(arguments);
    } catch (IOException | RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new IOException(e);
    }
  }
}
