// Drives a running environment through dynamics-web-api and prints one JSON object: name of a check -> null or what failed.
// Usage: node checks.mjs <organization URL>

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { DynamicsWebApi } from "dynamics-web-api";
import { addDefinitionChecks } from "./definitions.mjs";

const settings = {
    serverUrl: process.argv[2],
    dataApi: { version: "9.2" },
    onTokenRefresh: async () => "not-a-real-token",
    propagateErrors: true,
};
const api = new DynamicsWebApi(settings);
const GUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const FORMATTED = "@OData.Community.Display.V1.FormattedValue";

const checks = {};
const unique = (text) => `${text} ${randomUUID()}`;
const account = (data = {}) => api.create({ collection: "accounts", data: { name: unique("Account"), ...data } });
const contact = (data = {}) => api.create({ collection: "contacts", data: { lastname: unique("Contact"), ...data } });
const lead = (data = {}) =>
    api.create({ collection: "leads", data: { subject: unique("Lead"), lastname: "Ruiz", companyname: "Fabrikam", ...data } });
const refused = async (promise) => {
    try {
        await promise;
    } catch (error) {
        return error;
    }
    throw new assert.AssertionError({ message: "no error was raised" });
};

checks.create_gives_the_id = async () => {
    assert.match(await account(), GUID);
};

checks.create_gives_the_record_when_asked = async () => {
    const name = unique("Represented");
    const record = await api.create({
        collection: "accounts",
        data: { name, revenue: 5000000, creditonhold: false },
        returnRepresentation: true,
        select: ["name", "revenue", "creditonhold"],
    });
    assert.equal(record.name, name);
    assert.equal(record.revenue, 5000000);
    assert.equal(record.creditonhold, false);
    assert.match(record.accountid, GUID);
};

checks.create_makes_nested_records = async () => {
    const id = await account({
        primarycontactid: { lastname: "Nested" },
        Account_Tasks: [{ subject: "First" }, { subject: "Second" }],
    });
    const record = await api.retrieve({
        collection: "accounts",
        key: id,
        select: ["name"],
        expand: [
            { property: "primarycontactid", select: ["lastname"] },
            { property: "Account_Tasks", select: ["subject"], orderBy: ["subject desc"] },
        ],
    });
    assert.equal(record.primarycontactid.lastname, "Nested");
    assert.deepEqual(record.Account_Tasks.map((task) => task.subject), ["Second", "First"]);
};

checks.unknown_column_is_refused_by_name = async () => {
    const error = await refused(account({ nosuchcolumn: 1 }));
    assert.equal(error.status, 400);
    assert.match(error.message, /nosuchcolumn/);
};

checks.retrieve_selects_and_expands = async () => {
    const person = await contact({ firstname: "Ana", lastname: "Ruiz" });
    const id = await account({ "primarycontactid@odata.bind": `/contacts(${person})` });
    const record = await api.retrieve({
        collection: "accounts",
        key: id,
        select: ["name", "_primarycontactid_value"],
        expand: [{ property: "primarycontactid", select: ["fullname"] }],
    });
    assert.equal(record._primarycontactid_value, person);
    assert.equal(record.primarycontactid.fullname, "Ana Ruiz");
    assert.ok(record["@odata.etag"]);
};

checks.retrieve_gives_formatted_values = async () => {
    const id = await account({ numberofemployees: 1234, accountcategorycode: 1 });
    const record = await api.retrieve({
        collection: "accounts",
        key: id,
        select: ["numberofemployees", "accountcategorycode"],
        includeAnnotations: "*",
    });
    assert.equal(record[`numberofemployees${FORMATTED}`], "1,234");
    assert.equal(record[`accountcategorycode${FORMATTED}`], "Preferred Customer");
};

checks.retrieve_of_an_unchanged_record_gives_nothing = async () => {
    const id = await account();
    const record = await api.retrieve({ collection: "accounts", key: id, select: ["name"] });
    const request = { collection: "accounts", key: id, select: ["name"], ifnonematch: record["@odata.etag"] };
    assert.equal(await api.retrieve(request), undefined);
    await api.update({ collection: "accounts", key: id, data: { name: "Changed" } });
    assert.equal((await api.retrieve(request)).name, "Changed");
};

checks.retrieve_multiple_filters_sorts_and_expands = async () => {
    const city = unique("City");
    const person = await contact({ lastname: "Expanded" });
    for (const [name, employees] of [["C", 30], ["A", 10], ["B", 20], ["D", 40]]) {
        await account({
            name,
            address1_city: city,
            numberofemployees: employees,
            "primarycontactid@odata.bind": `/contacts(${person})`,
        });
    }
    const page = await api.retrieveMultiple({
        collection: "accounts",
        select: ["name", "numberofemployees"],
        filter: `address1_city eq '${city}' and numberofemployees lt 40`,
        orderBy: ["numberofemployees desc"],
        expand: [{ property: "primarycontactid", select: ["lastname"] }],
        count: true,
    });
    assert.deepEqual(page.value.map((record) => record.name), ["C", "B", "A"]);
    assert.equal(page.value[0].primarycontactid.lastname, "Expanded");
    assert.equal(page.oDataCount, 3);
    const top = await api.retrieveMultiple({
        collection: "accounts",
        select: ["name"],
        filter: `address1_city eq '${city}'`,
        orderBy: ["name asc"],
        top: 2,
    });
    assert.deepEqual(top.value.map((record) => record.name), ["A", "B"]);
    assert.equal(await api.count({ collection: "accounts", filter: `address1_city eq '${city}'` }), 4);
};

checks.retrieve_multiple_pages = async () => {
    const city = unique("Paged");
    const names = ["A", "B", "C", "D", "E"];
    for (const name of names) {
        await account({ name, address1_city: city });
    }
    const request = {
        collection: "accounts",
        select: ["name"],
        filter: `address1_city eq '${city}'`,
        orderBy: ["name asc"],
        maxPageSize: 2,
    };
    const seen = [];
    let page = await api.retrieveMultiple(request);
    let pages = 1;
    seen.push(...page.value);
    while (page.oDataNextLink) {
        assert.equal(page.value.length, 2);
        page = await api.retrieveMultiple(request, page.oDataNextLink);
        seen.push(...page.value);
        pages += 1;
    }
    assert.equal(pages, 3);
    assert.deepEqual(seen.map((record) => record.name), names);
    const all = await api.retrieveAll(request);
    assert.deepEqual(all.value.map((record) => record.name), names);
};

checks.update_changes_what_is_given = async () => {
    const id = await account({ telephone1: "1", fax: "2" });
    await api.update({ collection: "accounts", key: id, data: { telephone1: "3", fax: null } });
    const record = await api.retrieve({ collection: "accounts", key: id, select: ["telephone1", "fax"] });
    assert.equal(record.telephone1, "3");
    assert.equal(record.fax, null);
    const represented = await api.update({
        collection: "accounts",
        key: id,
        data: { telephone1: "4" },
        select: ["telephone1"],
        returnRepresentation: true,
    });
    assert.equal(represented.telephone1, "4");
};

checks.update_of_one_property = async () => {
    const id = await account();
    await api.updateSingleProperty({ collection: "accounts", key: id, fieldValuePair: { telephone1: "5" } });
    const record = await api.retrieve({ collection: "accounts", key: id, select: ["telephone1"] });
    assert.equal(record.telephone1, "5");
};

checks.update_of_a_missing_record_is_refused = async () => {
    const error = await refused(
        api.update({ collection: "accounts", key: randomUUID(), data: { name: "X" }, ifmatch: "*" }),
    );
    assert.equal(error.status, 404);
    assert.equal(error.code, "0x80040217");
};

checks.update_with_an_old_entity_tag_is_refused = async () => {
    const id = await account();
    const record = await api.retrieve({ collection: "accounts", key: id, select: ["name"] });
    await api.update({ collection: "accounts", key: id, data: { name: "New" }, ifmatch: record["@odata.etag"] });
    const error = await refused(
        api.update({ collection: "accounts", key: id, data: { name: "Newer" }, ifmatch: record["@odata.etag"] }),
    );
    assert.equal(error.status, 412);
};

checks.upsert_creates_and_updates = async () => {
    const id = randomUUID();
    const name = unique("Upserted");
    await api.upsert({ collection: "accounts", key: id, data: { name } });
    await api.upsert({ collection: "accounts", key: id, data: { telephone1: "6" } });
    const record = await api.retrieve({ collection: "accounts", key: id, select: ["name", "telephone1"] });
    assert.deepEqual([record.name, record.telephone1], [name, "6"]);
};

checks.delete_removes_the_record = async () => {
    const id = await account();
    await api.deleteRecord({ collection: "accounts", key: id });
    const error = await refused(api.retrieve({ collection: "accounts", key: id, select: ["name"] }));
    assert.equal(error.status, 404);
    assert.equal(error.code, "0x80040217");
};

checks.delete_of_one_property_clears_it = async () => {
    const id = await account({ telephone1: "7" });
    await api.deleteRecord({ collection: "accounts", key: id, property: "telephone1" });
    const record = await api.retrieve({ collection: "accounts", key: id, select: ["telephone1"] });
    assert.equal(record.telephone1, null);
};

const relatedIds = async (id, navigation, key) => {
    const record = await api.retrieve({
        collection: "accounts",
        key: id,
        select: ["name"],
        expand: [{ property: navigation, select: [key] }],
    });
    return record[navigation].map((related) => related[key]);
};

for (const [name, navigation, make, collection, key] of [
    ["many_to_many", "accountleads_association", lead, "leads", "leadid"],
    ["one_to_many", "contact_customer_accounts", contact, "contacts", "contactid"],
]) {
    checks[`associate_and_disassociate_${name}`] = async () => {
        const id = await account();
        const related = await make();
        await api.associate({
            collection: "accounts",
            primaryKey: id,
            relationshipName: navigation,
            relatedCollection: collection,
            relatedKey: related,
        });
        assert.deepEqual(await relatedIds(id, navigation, key), [related]);
        await api.disassociate({
            collection: "accounts",
            primaryKey: id,
            relationshipName: navigation,
            relatedKey: related,
        });
        assert.deepEqual(await relatedIds(id, navigation, key), []);
    };
}

checks.associate_and_disassociate_many_to_one = async () => {
    const id = await account();
    const person = await contact();
    const current = async () =>
        (await api.retrieve({ collection: "accounts", key: id, select: ["_primarycontactid_value"] }))
            ._primarycontactid_value;
    await api.associateSingleValued({
        collection: "accounts",
        primaryKey: id,
        navigationProperty: "primarycontactid",
        relatedCollection: "contacts",
        relatedKey: person,
    });
    assert.equal(await current(), person);
    await api.disassociateSingleValued({
        collection: "accounts",
        primaryKey: id,
        navigationProperty: "primarycontactid",
    });
    assert.equal(await current(), null);
};

checks.qualify_lead_creates_the_rows = async () => {
    const id = await lead({ firstname: "Ana" });
    const answer = await api.callAction({
        collection: "leads",
        key: id,
        actionName: "Microsoft.Dynamics.CRM.QualifyLead",
        action: { CreateAccount: true, CreateContact: true, CreateOpportunity: true, Status: 3 },
    });
    assert.deepEqual(
        answer.value.map((row) => row["@odata.type"]),
        ["account", "contact", "opportunity"].map((table) => `#Microsoft.Dynamics.CRM.${table}`),
    );
    const opportunity = await api.retrieve({
        collection: "opportunities",
        key: answer.value[2].opportunityid,
        select: ["name", "_originatingleadid_value"],
    });
    assert.equal(opportunity._originatingleadid_value, id);
    const closed = await api.retrieve({ collection: "leads", key: id, select: ["statecode", "statuscode"] });
    assert.deepEqual([closed.statecode, closed.statuscode], [1, 3]);
};

checks.qualify_lead_again_is_refused = async () => {
    const id = await lead();
    const request = {
        collection: "leads",
        key: id,
        actionName: "Microsoft.Dynamics.CRM.QualifyLead",
        action: { CreateAccount: false, CreateContact: false, CreateOpportunity: false, Status: -1 },
    };
    const answer = await api.callAction(request);
    assert.deepEqual(answer.value, []);
    const error = await refused(api.callAction(request));
    assert.equal(error.status, 400);
    assert.equal(error.code, "0x80040519");
    assert.equal(error.message, "The lead is already closed.");
};

checks.call_of_a_function = async () => {
    const answer = await api.callFunction({ name: "WhoAmI" });
    assert.match(answer.UserId, GUID);
    assert.match(answer.OrganizationId, GUID);
};

// In a batch the calls answer nothing themselves; executeBatch gives all answers in their order.
checks.batch_of_a_change_set_and_a_read = async () => {
    const name = unique("Batch");
    api.startBatch();
    contact({ lastname: name });
    api.create({ collection: "contacts", data: { lastname: name }, contentId: "1" });
    api.create({
        collection: "accounts",
        data: { name, "primarycontactid@odata.bind": "$1" },
        contentId: "made",
    });
    api.update({ collection: "$made", data: { telephone1: "1" }, contentId: "3" });
    api.retrieveMultiple({
        collection: "accounts",
        select: ["name", "telephone1"],
        expand: [{ property: "primarycontactid", select: ["lastname"] }],
        filter: `name eq '${name}'`,
        inChangeSet: false,
    });
    const answers = await api.executeBatch();
    assert.equal(answers.length, 5, JSON.stringify(answers));
    const [record] = answers[4].value;
    assert.equal(record.name, name);
    assert.equal(record.telephone1, "1");
    assert.equal(record.primarycontactid.lastname, name);
    assert.equal(answers[2], record.accountid);
};

checks.failed_change_set_is_undone = async () => {
    const name = unique("Undone");
    api.startBatch();
    account({ name });
    api.update({ collection: "accounts", key: randomUUID(), data: { name } });
    const error = await refused(api.executeBatch());
    const [problem] = Array.isArray(error) ? error : [error];
    assert.equal(problem.status, 404);
    assert.equal(problem.error.code, "0x80040217");
    const found = await api.retrieveMultiple({ collection: "accounts", select: ["name"], filter: `name eq '${name}'` });
    assert.deepEqual(found.value, []);
};

checks.batch_goes_on_after_errors_when_asked = async () => {
    const name = unique("Onward");
    api.startBatch();
    api.update({ collection: "accounts", key: randomUUID(), data: { name }, inChangeSet: false });
    api.create({ collection: "accounts", data: { name }, inChangeSet: false });
    const answers = await api.executeBatch({ continueOnError: true });
    assert.equal(answers.length, 2);
    assert.equal(answers[0].error.code, "0x80040217");
    assert.match(answers[1], GUID);
};

checks.long_read_becomes_a_batch = async () => {
    const name = unique("Long");
    const id = await account({ name });
    const filter = `name eq '${name}'` + " or name eq 'A B'".repeat(200);
    const found = await api.retrieveMultiple({ collection: "accounts", select: ["name"], filter });
    assert.deepEqual(found.value.map((record) => record.accountid), [id]);
};

addDefinitionChecks(checks, api, new DynamicsWebApi({ ...settings, useEntityNames: true }), refused);

const report = {};
for (const [name, check] of Object.entries(checks)) {
    try {
        await check();
        report[name] = null;
    } catch (error) {
        report[name] = error.stack ?? `${error.status ?? ""} ${error.code ?? ""} ${error.message ?? JSON.stringify(error)}`;
    }
}
console.log(JSON.stringify(report));
