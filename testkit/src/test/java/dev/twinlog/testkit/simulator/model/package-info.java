/**
 * A model of a Kafka cluster at the level of request and response bytes, in virtual time. It covers
 * what exactly-once delivery depends on: brokers that die, connections that break with requests in
 * flight, leaders that move and lose unreplicated records, the leaders' producer state and its
 * expiration, and the transaction coordinator with late markers.
 *
 * <ul>
 *   <li>{@link dev.twinlog.testkit.simulator.model.Agenda}: virtual time, and what is due when
 *   <li>{@link dev.twinlog.testkit.simulator.model.ModelKafka}: the cluster, with its faults on
 *       demand
 *   <li>{@link dev.twinlog.testkit.simulator.model.ModelPartition}: a log with what its leader
 *       knows
 *   <li>{@link dev.twinlog.testkit.simulator.model.ModelCluster}: the view that one client has of
 *       it
 * </ul>
 *
 * <p>Everything is single-threaded, and all randomness comes from one seed, so that a run can be
 * repeated. {@code ModelConformanceIT} compares the model with a real broker.
 */
@NullMarked
package dev.twinlog.testkit.simulator.model;

import org.jspecify.annotations.NullMarked;
