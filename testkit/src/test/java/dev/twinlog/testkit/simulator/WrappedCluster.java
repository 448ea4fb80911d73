package dev.twinlog.testkit.simulator;

import dev.twinlog.internal.kafka.wire.message.Api;
import dev.twinlog.internal.kafka.wire.net.Broker;
import dev.twinlog.internal.kafka.wire.net.Cluster;
import dev.twinlog.internal.kafka.wire.net.Leader;
import dev.twinlog.internal.kafka.wire.net.Request;
import java.util.Optional;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.ApiException;

/** A cluster that delegates to another one; subclasses change one method. */
abstract class WrappedCluster implements Cluster {
  private final Cluster cluster;

  WrappedCluster(Cluster cluster) {
    this.cluster = cluster;
  }

  @Override
  public void follow(String topic) {
    cluster.follow(topic);
  }

  @Override
  public void forget(String topic) {
    cluster.forget(topic);
  }

  @Override
  public void refresh() {
    cluster.refresh();
  }

  @Override
  public long version() {
    return cluster.version();
  }

  @Override
  public Optional<Leader> leader(TopicPartition partition) {
    return cluster.leader(partition);
  }

  @Override
  public Optional<ApiException> error(String topic) {
    return cluster.error(topic);
  }

  @Override
  public int partitions(String topic) {
    return cluster.partitions(topic);
  }

  @Override
  public Optional<Broker> anyReady() {
    return cluster.anyReady();
  }

  @Override
  public boolean ready(Broker broker) {
    return cluster.ready(broker);
  }

  @Override
  public long connection(Broker broker) {
    return cluster.connection(broker);
  }

  @Override
  public long roundTripNanos(Broker broker) {
    return cluster.roundTripNanos(broker);
  }

  @Override
  public short version(Broker broker, Api api) {
    return cluster.version(broker, api);
  }

  @Override
  public void send(Broker broker, Request request) {
    cluster.send(broker, request);
  }

  @Override
  public void throttle(Broker broker, int millis) {
    cluster.throttle(broker, millis);
  }

  @Override
  public void disconnect(Broker broker, String why) {
    cluster.disconnect(broker, why);
  }

  @Override
  public void poll(long maxNanos) {
    cluster.poll(maxNanos);
  }

  @Override
  public void wakeup() {
    cluster.wakeup();
  }

  @Override
  public void close() {
    cluster.close();
  }
}
