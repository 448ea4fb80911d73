/**
 * A model of Kafka, on the level of the bytes of requests and answers, in virtual time: what
 * matters to somebody who wants each record once. Brokers that die, connections that break while
 * requests are under way, leaders that move and lose what was not replicated yet, what a leader
 * remembers of producers and when it forgets them, the transaction coordinator with markers that
 * come late.
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
 * <p>Everything is single-threaded, and chance comes from one seeded source, so that a run can be
 * repeated. {@code ModelConformanceIT} holds the model against a real broker.
 */
@NullMarked
package dev.twinlog.testkit.simulator.model;

import org.jspecify.annotations.NullMarked;
