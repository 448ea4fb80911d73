package dev.twinlog.internal.kafka.wire.net;

import dev.twinlog.internal.kafka.wire.message.Api;
import java.util.List;
import java.util.Optional;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.ApiException;

/** A {@link Cluster} on the network. */
public final class LiveCluster implements Cluster {
  private final Connections connections;
  private final ClusterView view;

  /** Connects to nothing yet. */
  public LiveCluster(NetSettings settings) {
    this.connections = new Connections(settings, new ReceivePool());
    this.view = new ClusterView(connections, settings);
  }

  @Override
  public void follow(String topic) {
    view.follow(List.of(topic));
  }

  @Override
  public void forget(String topic) {
    view.forget(List.of(topic));
  }

  @Override
  public void refresh() {
    view.refresh();
  }

  @Override
  public long version() {
    return view.version();
  }

  @Override
  public Optional<Leader> leader(TopicPartition partition) {
    return view.leader(partition);
  }

  @Override
  public Optional<ApiException> error(String topic) {
    return view.error(topic);
  }

  @Override
  public int partitions(String topic) {
    return view.partitions(topic);
  }

  @Override
  public Optional<Broker> anyReady() {
    return view.anyReady();
  }

  @Override
  public boolean ready(Broker broker) {
    return connections.ready(broker);
  }

  @Override
  public long connection(Broker broker) {
    return connections.number(broker);
  }

  @Override
  public long roundTripNanos(Broker broker) {
    return connections.roundTripNanos(broker);
  }

  @Override
  public short version(Broker broker, Api api) {
    return connections.version(broker, api);
  }

  @Override
  public void send(Broker broker, Request request) {
    connections.send(broker, request);
  }

  @Override
  public void throttle(Broker broker, int millis) {
    connections.throttle(broker, millis);
  }

  @Override
  public long throttledNanos(Broker broker) {
    return connections.throttledNanos(broker);
  }

  @Override
  public Optional<String> failure(Broker broker) {
    return connections.failure(broker);
  }

  @Override
  public void disconnect(Broker broker, String why) {
    connections.disconnect(broker, why);
  }

  @Override
  public void poll(long maxNanos) {
    view.step();
    connections.poll(Math.min(maxNanos, view.nanosToNext()));
  }

  @Override
  public void wakeup() {
    connections.wakeup();
  }

  @Override
  public void close() {
    connections.close();
  }
}
