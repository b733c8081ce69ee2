// SPDX-License-Identifier: MIT
// The C door from C++11 on: handles that release themselves, statuses that become exceptions. The
// forty lines on top are all that it takes; copy them.
#include <custmetrics/custmetrics.h>

#include <cstdio>
#include <exception>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace cm
{

template <typename T, void (*Destroy)(T *)> struct destroyer {
    void operator()(T *object) const { Destroy(object); }
};
template <typename T, void (*Destroy)(T *)>
using handle = std::unique_ptr<T, destroyer<T, Destroy>>;

using error = handle<cm_error, cm_error_destroy>;
using context = handle<cm_context, cm_context_destroy>;
using loader = handle<cm_loader, cm_loader_destroy>;
using dataset = handle<cm_dataset, cm_dataset_destroy>;
using params = handle<cm_params, cm_params_destroy>;
using result = handle<cm_result, cm_result_destroy>;

struct failure : std::runtime_error {
    failure(cm_status s, const std::string &message) : std::runtime_error(message), status(s) {}
    cm_status status;
};

// call(f, arguments...): f with an error object behind its arguments; throws what it says.
template <typename F, typename... Arguments> void call(F function, Arguments... arguments)
{
    error err(cm_error_create());
    cm_status status = function(arguments..., err.get());
    if (status != CM_OK) throw failure(status, cm_error_message(err.get()));
}

// make<handle>(f, arguments...): likewise, for calls that create; the new object is what they give.
template <typename Handle, typename F, typename... Arguments>
Handle make(F function, Arguments... arguments)
{
    typename Handle::pointer made = nullptr;
    call(function, arguments..., &made);
    return Handle(made);
}

} // namespace cm

static cm::dataset load(cm_context *ctx)
{
    const std::vector<const char *> customers = { "ada", "ben", "ada", "cleo" };
    const std::vector<const char *> times = { "2024-03-01", "2024-03-05", "2024-03-09",
                                              "2024-04-02" };
    const std::vector<double> amounts = { 12.5, 20, 7.25, 3.1 };
    const cm_array columns[] = {
        { "customer", CM_ARRAY_TEXT, 0, customers.data(), nullptr },
        { "time", CM_ARRAY_TEXT, 0, times.data(), nullptr },
        { "amount", CM_ARRAY_F64, 0, amounts.data(), nullptr },
    };
    cm::loader loader = cm::make<cm::loader>(cm_loader_create, ctx, nullptr, nullptr);
    cm::call(cm_loader_add_columns, loader.get(), "orders", static_cast<int64_t>(amounts.size()),
             columns, 3, nullptr, nullptr);
    return cm::make<cm::dataset>(cm_loader_seal, loader.get(), nullptr);
}

static std::string cell(const cm_table *table, int64_t row, const char *name)
{
    int32_t column = 0;
    int64_t length = 0;
    char text[64];
    cm::call(cm_table_find, table, name, &column);
    cm::call(cm_table_format, table, row, column, text, static_cast<int64_t>(sizeof text), &length,
             nullptr);
    return text;
}

int main()
{
    try {
        cm::context ctx = cm::make<cm::context>(cm_context_create, nullptr);
        cm::dataset shop = load(ctx.get());
        cm::params params = cm::make<cm::params>(cm_params_create, ctx.get(), "purchase");
        cm::call(cm_params_set_text, params.get(), "period", "month");
        cm::result result =
            cm::make<cm::result>(cm_kpi_run, ctx.get(), shop.get(), params.get(), nullptr);
        const cm_table *periods = nullptr;
        cm::call(cm_result_table, result.get(), "periods", &periods);
        for (int64_t row = 0; row < cm_table_n_rows(periods); row++) {
            std::printf("%s  %s orders  %s\n", cell(periods, row, "period").c_str(),
                        cell(periods, row, "n_orders").c_str(),
                        cell(periods, row, "revenue").c_str());
        }
        cm::call(cm_params_set_text, params.get(), "period", "fortnight");
    } catch (const cm::failure &e) {
        std::printf("%s: %s\n", cm_status_name(e.status), e.what());
        return e.status == CM_ERR_OPTION ? 0 : 2; // the last call was meant to be refused
    } catch (const std::exception &e) {
        std::fprintf(stderr, "%s\n", e.what());
        return 2;
    }
    return 2;
}
